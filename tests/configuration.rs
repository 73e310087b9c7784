//! What the configuration understands, and how it refuses the rest.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

use std::path::PathBuf;

use blockhouse::config::{Config, ConfigErrors, HandOver, Justification, Problem, Scope, Source};
use proptest::prelude::*;

const EXAMPLE: &str = include_str!("../blockhouse.example.toml");

fn parse(text: &str) -> Result<Config, ConfigErrors> {
    Config::parse(text, &Source::File(PathBuf::from("/etc/blockhouse/blockhouse.toml")))
}

fn problems(text: &str) -> Vec<Problem> {
    match parse(text) {
        Err(ConfigErrors::Wrong { problems, .. }) => problems,
        other => panic!("should be refused: {other:?}"),
    }
}

/// `text` is refused for one thing, at this line and column, in words that hold `message` and `hint`.
#[track_caller]
fn refused(text: &str, line: usize, column: usize, message: &str, hint: &str) {
    let problems = problems(text);
    let [problem] = &problems[..] else { panic!("one problem expected: {problems:#?}") };
    assert_eq!((problem.line, problem.column), (line, column), "{problem:?}");
    assert!(problem.message.contains(message), "{problem:?}");
    assert!(problem.hint.as_deref().unwrap_or("").contains(hint), "{problem:?}");
}

#[test]
fn the_example_and_nothing_at_all_are_fine() {
    parse(EXAMPLE).unwrap();
    let config = parse("").unwrap();
    assert_eq!(config.policy.policies.len(), 1);
    assert_eq!(config.ca.directory, PathBuf::from("/etc/blockhouse/certs"));
}

#[test]
fn a_stray_key_is_refused_in_every_table() {
    let mut tables = 0;
    for (at, line) in EXAMPLE.lines().enumerate() {
        if !(at == 0 || line.starts_with('[') || line.starts_with("#[[")) {
            continue;
        }
        tables += 1;
        // A table that is commented out is switched on with its keys, down to the next empty line.
        let off = line.starts_with("#[[");
        let end = EXAMPLE.lines().skip(at).position(str::is_empty).map_or(at, |n| at + n);
        let lines = EXAMPLE.lines().enumerate().map(|(here, line)| {
            let key = off && (at..end).contains(&here) && !line.starts_with("# ");
            let line = if key { line.trim_start_matches('#') } else { line };
            if here != at {
                line.to_owned()
            } else if at == 0 {
                "stray = 1".to_owned()
            } else {
                format!("{line}\nstray = 1")
            }
        });
        let text = lines.collect::<Vec<_>>().join("\n");
        let found = problems(&text);
        assert!(
            found.iter().any(|p| p.message.contains("unknown key `stray`")),
            "{line}: {found:?}"
        );
    }
    assert_eq!(tables, 36, "tables tried");
}

#[test]
fn a_misspelt_key_has_a_caret_and_a_hint() {
    let text = "[organisation]\nname = \"A\"\ncolor = \"#ffffff\"\n";
    assert_eq!(
        parse(text).unwrap_err().to_string(),
        "/etc/blockhouse/blockhouse.toml:3:1: unknown key `color` in `organisation`\n   |\n \
         3 | color = \"#ffffff\"\n   | ^^^^^\n  hint: did you mean `colour`?"
    );
}

#[test]
fn all_problems_are_told_at_once_in_order() {
    let found = problems(
        "[leaf]\nlifetime = \"7w\"\ncache = 0\n[listen]\nhttps = [\"localhost:443\"]\nquick = true\n",
    );
    let places: Vec<_> = found.iter().map(|p| (p.line, p.column)).collect();
    assert_eq!(places, [(2, 12), (3, 9), (5, 10), (6, 1)]);
}

fn location(network: &str) -> String {
    format!("[[locations]]\nname = \"a\"\npolicy = \"default\"\nnetworks = [\"{network}\"]\n")
}

#[test]
fn locations_need_fixed_and_exact_networks() {
    let refused = |network, message, hint| refused(&location(network), 4, 13, message, hint);
    refused("192.0.2.7/24", "bits set", "`192.0.2.0/24`, for the one address `192.0.2.7`");
    refused("192.0.2.0-192.0.2.255", "a range", "\"192.0.2.0/24\"");
    refused("192.0.2.0/255.255.255.0", "not a network", "192.0.2.0/24");
    refused("home.dyndns.org", "needs fixed addresses", "can change hands");
    refused("::ffff:10.0.0.0/104", "in the clothes of IPv6", "10.0.0.0/8");
    refused("192.0.2.0/33", "", "");
    refused("300.1.1.1", "", "");
    parse(&location("192.0.2.7")).unwrap();
}

#[test]
fn identical_networks_of_two_locations_are_refused() {
    let text = format!(
        "{}{}",
        location("192.0.2.0/24"),
        location("192.0.2.0/24").replace("\"a\"", "\"b\"")
    );
    refused(&text, 8, 13, "belongs to the location `a` on line 4", "smaller one wins");
}

const CATEGORY: &str = "[categories.malware]\nclass = \"security\"\nhosts = [\"bad.example\"]\n";

fn rule(body: &str) -> String {
    format!("{CATEGORY}[policies.p]\n[[policies.p.rules]]\n{body}\n")
}

#[test]
fn rules_refer_to_what_there_is() {
    refused(
        &rule("action = \"block\"\ncategories = [\"malwere\"]"),
        7,
        15,
        "no category",
        "did you mean `malware`?",
    );
    refused(
        &rule("action = \"warn\"\ncategories = [\"malware\"]"),
        7,
        15,
        "security",
        "action = \"block\"",
    );
    refused(&rule("action = \"block\""), 5, 1, "neither categories nor hosts", "default_action");
    refused(
        &rule("action = \"blok\"\ncategories = [\"malware\"]"),
        6,
        10,
        "blok",
        "did you mean `block`?",
    );
    refused(
        &rule("action = \"block\"\nhosts = [\"com\"]"),
        7,
        10,
        "every site under `com`",
        "=com",
    );
    refused(&rule("action = \"block\"\nhosts = [\"*\"]"), 7, 10, "every host", "default_action");
    refused(
        &rule("action = \"block\"\nhosts = [\"https://a.example/x\"]"),
        7,
        10,
        "not a host name",
        "`a.example`",
    );
    refused(
        &rule("action = \"block\"\nhosts = [\"a.*.example\"]"),
        7,
        10,
        "`*` inside",
        "in front",
    );
    refused(
        "[policies.a]\n[policies.b]\n",
        1,
        1,
        "needs `default_policy`",
        "default_policy = \"a\"",
    );
    refused("default_policy = \"q\"\n[policies.p]\n", 1, 18, "no policy `q`", "`p`");
}

#[test]
fn terms_go_from_grants_to_policy_to_rule() {
    let text = format!(
        "{CATEGORY}[grants]\nduration = \"10m\"\nper_day = 2\n\
         [policies.p]\ncontinue = \"splice\"\ncodes = true\n\
         [[policies.p.rules]]\naction = \"warn\"\nhosts = [\"a.example\"]\nscope = \"host\"\n\
         justification = [\"One\", \"Two\"]\n\
         [[policies.p.rules]]\naction = \"warn\"\nhosts = [\"b.example\"]\nduration = \"1h\"\n\
         codes = false\n"
    );
    let config = parse(&text).unwrap();
    let [policy] = &config.policy.policies[..] else { panic!("one policy") };
    let [first, second] = &policy.rules[..] else { panic!("two rules") };
    assert_eq!(first.terms.duration.as_secs(), 600);
    assert_eq!(first.terms.scope, Scope::Host);
    assert_eq!(first.terms.per_day.map(u32::from), Some(2));
    assert_eq!(
        first.terms.justification,
        Justification::Choose(vec!["One".to_owned(), "Two".to_owned()])
    );
    assert!(first.terms.codes && !second.terms.codes && policy.terms.codes);
    assert_eq!(second.terms.duration.as_secs(), 3600);
    assert_eq!(second.terms.scope, Scope::Site);
    assert_eq!(second.terms.hand_over, HandOver::Splice);
}

#[test]
fn terms_are_checked() {
    refused(
        &rule("action = \"block\"\ncategories = [\"malware\"]\ncodes = true"),
        8,
        9,
        "no code may open",
        "leave `codes` out",
    );
    refused("[grants]\nscope = \"sites\"\n", 2, 9, "cannot be `sites`", "`site`");
    refused("[grants]\nduration = \"5s\"\n", 2, 12, "from 1m to 30d", "");
    refused("[grants]\njustification = []\n", 2, 17, "1 to 20", "required");
    refused("[grants]\nnetwork_v4 = 33\n", 2, 14, "from 0 to 32", "");
    refused("[gateway]\nfeed = [\"192.0.2.1:1\"]\n", 2, 9, "not a loopback", "token_file");
    refused("[gateway]\nmeanwhile = \"gateway\"\n", 2, 13, "cannot be", "pass-through");
    refused("[[hooks]]\non = [\"grant\"]\n", 1, 1, "either `url` or `command`", "");
    refused("[[hooks]]\nurl = \"ftp://a.example/\"\n", 2, 7, "not a web address", "https://");
    refused("[[hooks]]\nurl = \"https://u:p@a.example/\"\n", 2, 7, "password", "");
    refused("[[hooks]]\ncommand = []\n", 2, 11, "empty", "");
    refused("[[companions]]\nsite = \"a.example\"\n", 1, 1, "needs `hosts`", "");
    refused("[requests]\nopen = 0\n", 2, 8, "from 1 to", "");
    refused("[[companions]]\nsite = \"com\"\nhosts = [\"a.example\"]\n", 2, 8, "no site", "");
    refused("[[companions]]\nsite = \"a.example\"\nhosts = []\n", 3, 9, "no companion", "");
    refused("[[hooks]]\non = []\nurl = \"https://a.example/\"\n", 2, 6, "told of nothing", "all");
    let reason = "[categories.c]\nclass = \"content\"\n[[gateway.reasons]]\ncategory = \"c\"\naddresses = []\n";
    refused(reason, 5, 13, "no address", "browsers");
}

#[test]
fn no_two_listeners_want_the_same_port() {
    let wants = "wants the port that";
    let all = "[listen]\nhttps = [\"0.0.0.0:443\"]\nhttp = [\"127.0.0.1:443\"]\n";
    refused(all, 3, 9, wants, "another port");
    // The default of the other list counts as well.
    refused("[listen]\nhttp = [\"[::1]:443\"]\n", 2, 9, "`listen.https`", "");
    let dns = "[listen]\nhttps = [\"192.0.2.1:443\"]\n[dns]\nhttps = [\"192.0.2.1:443\"]\n\
               certificate = \"a\"\nkey = \"b\"\n";
    refused(dns, 4, 10, "listed twice", "");
    parse(&dns.replace("https = [\"192.0.2.1:443\"]\ncert", "https = [\"192.0.2.2:443\"]\ncert"))
        .unwrap();
    parse("[listen]\nhttps = [\"127.0.0.1:0\"]\nhttp = [\"0.0.0.0:0\"]\n").unwrap();
}

#[test]
fn known_keys_are_named_once() {
    let problems = problems(
        "[[policies.p.rules]]\naction = \"block\"\nhosts = [\"a.example\"]\nzzzzzzzz = 1\n",
    );
    let hint = problems[0].hint.as_deref().unwrap();
    assert_eq!(hint.matches("`hosts`").count(), 1, "{hint}");
}

#[test]
fn values_are_checked() {
    refused("[listen]\nhttp = [\"127.0.0.1\"]\n", 2, 9, "with a port", "127.0.0.1:80");
    refused("[listen]\nhttps = [\"[::1]:1\", \"[::1]:1\"]\n", 2, 21, "listed twice", "");
    refused("[listen]\nhttps = \"[::1]:1\"\n", 2, 9, "must be a list", "[\"[::1]:1\"]");
    refused("[leaf]\nlifetime = \"826d\"\n", 2, 12, "from 1h to 825d", "");
    refused("[leaf]\nlifetime = 7\n", 2, 12, "must be a string", "");
    refused("[organisation]\nname = \" \"\n", 2, 8, "is empty", "");
    refused("[organisation]\ncontact = \"x@y z\"\n", 2, 11, "not a mail address", "");
    refused("[organisation]\ncolour = \"#ABC\"\n", 2, 10, "six digits", "#AABBCC");
    refused("[pages]\nblock_status = 302\n", 2, 16, "302", "403");
    refused("[cookies]\nrotate = \"7d\"\n", 2, 10, "live for 365d", "write `12d4h` or more");
    refused("[events]\nrotate_size = \"64MB\"\n", 2, 15, "not a size", "64MiB");
    refused("[exceptions]\nalso = [\"com\"]\n", 2, 9, "every site", "");
    refused("[exceptions]\nalso = [\"*.a.example\"]\n", 2, 9, "all below it", "`a.example`");
    refused("[exceptions]\nalso = [\"=a.example\"]\n", 2, 9, "all below it", "`a.example`");
    refused("[exceptions]\nnetworks = [\"0.0.0.0/0\"]\n", 2, 13, "every address", "");
    refused("[upstream]\nservers = [\"0.0.0.0\"]\n", 2, 12, "nothing can answer", "");
}

#[test]
fn what_is_no_toml_is_refused_without_showing_keys() {
    assert_eq!(problems("[leaf\n").len(), 1);
    let text = parse("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n").unwrap_err().to_string();
    assert!(text.contains("PEM file") && !text.contains("c2VjcmV0"), "{text}");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}", at in 0usize..6000, cut in 0usize..40) {
        let _ = parse(&text).map_err(|errors| errors.to_string());
        let start = EXAMPLE.floor_char_boundary(at.min(EXAMPLE.len()));
        let end = EXAMPLE.floor_char_boundary((start + cut).min(EXAMPLE.len()));
        let broken = format!("{}{}{}", &EXAMPLE[..start], text, &EXAMPLE[end..]);
        let _ = parse(&broken).map_err(|errors| errors.to_string());
    }
}
