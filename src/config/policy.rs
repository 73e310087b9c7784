//! Categories, policies, locations and exceptions: the sections that refer to each other.

use toml::Spanned;

use super::builtin_names::BUILTIN_NAMES;
use super::deciding::*;
use super::gateway::GatewayAnswer;
use super::grants::{Terms, policy_terms, rule_terms};
use super::table::{Item, Sheet, Table, nearest, quoted};
use super::types::*;
use super::value;
use crate::host::HostName;

/// The name of the policy that there is when the file has none.
const ONLY_POLICY: &str = "default";

/// Names that belong to inner networks, which no gateway should redirect here.
const INNER: [&str; 8] =
    ["local", "internal", "lan", "home", "corp", "localdomain", "domain", "mail"];

/// Everything that decides.
pub(super) fn policy(root: &Table<'_>, source: &Source, terms: &Terms) -> PolicyConfig {
    let categories: Vec<CategoryConfig> = root
        .named("categories")
        .into_iter()
        .map(|(name, table)| category(name, table, source))
        .collect();
    let mut policies: Vec<PolicyTable> = root
        .named("policies")
        .into_iter()
        .map(|(name, table)| policy_table(name, table, &categories, terms))
        .collect();
    if policies.is_empty() {
        let name = ONLY_POLICY.to_owned();
        let (default_action, terms) = (Action::Block, terms.clone());
        policies.push(PolicyTable { name, default_action, terms, rules: Vec::new() });
    }
    let default_policy = default_policy(root, &policies);
    let mut seen = Seen::default();
    let locations = root
        .tables("locations")
        .into_iter()
        .map(|table| location(table, &policies, &default_policy, &mut seen))
        .collect();
    let exceptions = exceptions(root.table("exceptions"));
    PolicyConfig { categories, policies, default_policy, locations, exceptions }
}

fn default_policy(root: &Table<'_>, policies: &[PolicyTable]) -> String {
    let first = policies.first().map_or(ONLY_POLICY, |policy| &policy.name);
    let name = match policies {
        [_] => root.get("default_policy").and_then(|item| known_policy(&item, policies)),
        _ => root
            .must("default_policy", &format!("\"{first}\""))
            .and_then(|item| known_policy(&item, policies)),
    };
    name.unwrap_or_else(|| first.to_owned())
}

fn known_policy(item: &Item<'_>, policies: &[PolicyTable]) -> Option<String> {
    let names = policies.iter().map(|policy| policy.name.as_str());
    known(item, "policy", "policies", names)
}

/// The text of `item` when it is one of `names`.
fn known<'n>(
    item: &Item<'_>,
    what: &str,
    table: &str,
    names: impl Iterator<Item = &'n str> + Clone,
) -> Option<String> {
    let text = item.text()?;
    if names.clone().any(|name| name == text) {
        return Some(text);
    }
    let hint = match nearest(&text, names.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.clone().next().is_none() => format!("make one with `[{table}.{text}]`"),
        None => format!("there are {}; make another with `[{table}.NAME]`", quoted(names)),
    };
    item.hinted(format!("there is no {what} `{text}`"), hint);
    None
}

/// The name of a table that people name freely.
fn free_name(sheet: &Sheet<'_>, name: &Spanned<String>) -> String {
    let text = name.get_ref();
    if text.trim().is_empty() {
        sheet.hinted(name.span(), "the name is empty", "give it a name, such as `gambling`");
    } else if text.chars().any(char::is_control) || text.trim() != text {
        sheet.problem(name.span(), "the name has control characters or white space around it");
    }
    text.clone()
}

fn category(name: Spanned<String>, table: Table<'_>, source: &Source) -> CategoryConfig {
    let name = free_name(table.sheet, &name);
    let class = table.must("class", "\"content\"").and_then(|item| item.word(Class::WORDS));
    let text = |key| table.get(key).and_then(|item| item.text());
    let class = class.unwrap_or(Class::Content);
    let answer = table.get("gateway_answer").and_then(|item| item.word(GatewayAnswer::WORDS));
    let found = CategoryConfig {
        class,
        gateway_answer: answer.unwrap_or(GatewayAnswer::of(class)),
        title: text("title").unwrap_or_else(|| name.clone()),
        reason: text("reason"),
        hosts: patterns(&table),
        lists: table
            .tables("lists")
            .into_iter()
            .filter_map(|list| list_source(list, source))
            .collect(),
        name,
    };
    table.finish();
    found
}

fn list_source(table: Table<'_>, source: &Source) -> Option<ListSource> {
    let (file, url) = (table.get("file"), table.get("url"));
    let pin = table.get("sha256");
    if file.is_some() == url.is_some() {
        table.sheet.hinted(
            table.span.clone(),
            "a list needs either `file` or `url`",
            "add `file = \"lists/gambling.txt\"` or `url = \"https://…\"`",
        );
    }
    if let Some(pin) = pin.as_ref().filter(|_| url.is_none()) {
        pin.problem("`sha256` is for lists with a `url`");
    }
    let sha256 = pin.and_then(|item| item.read(value::sha256));
    let place = match (file, url) {
        (Some(file), _) => file.text().map(|file| ListPlace::File(source.resolve(&file))),
        (None, Some(url)) => {
            url.read(value::secure_address).map(|url| ListPlace::Url { url, sha256 })
        }
        (None, None) => None,
    };
    let format = table.must("format", "\"domains\"").and_then(|item| item.word(ListFormat::WORDS));
    let suffixes = table.get("public_suffixes").and_then(|item| item.boolean()).unwrap_or(false);
    let line = table.sheet.line(table.span.start);
    table.finish();
    Some(ListSource { place: place?, format: format?, suffixes, line })
}

pub(super) fn patterns(table: &Table<'_>) -> Vec<HostPattern> {
    let items = table.get("hosts").map(|item| item.items()).unwrap_or_default();
    let mut found: Vec<HostPattern> = Vec::with_capacity(items.len());
    let mut seen = std::collections::HashSet::new();
    for item in items {
        let Some(pattern) = item.read(value::host_pattern) else { continue };
        if !seen.insert(pattern.clone()) {
            item.hinted(format!("`{pattern}` is listed twice"), "leave one of the two out");
        }
        found.push(pattern);
    }
    found
}

fn policy_table(
    name: Spanned<String>,
    table: Table<'_>,
    categories: &[CategoryConfig],
    terms: &Terms,
) -> PolicyTable {
    let name = free_name(table.sheet, &name);
    let default_action = table.get("default_action").and_then(|item| item.word(Action::WORDS));
    let terms = policy_terms(&table, terms);
    let rules = table.tables("rules").into_iter();
    let rules = rules.map(|table| rule(table, categories, &terms)).collect();
    table.finish();
    PolicyTable { name, default_action: default_action.unwrap_or(Action::Block), terms, rules }
}

fn rule(table: Table<'_>, categories: &[CategoryConfig], terms: &Terms) -> RuleConfig {
    let action = table.must("action", "\"block\"").and_then(|item| item.word(Action::WORDS));
    let named = table.get("categories");
    let mut members: Vec<String> = Vec::new();
    let mut danger = false;
    for item in named.as_ref().map(Item::items).unwrap_or_default() {
        let names = categories.iter().map(|category| category.name.as_str());
        let Some(name) = known(&item, "category", "categories", names) else { continue };
        let class = categories.iter().find(|category| category.name == name).map(|c| c.class);
        danger |= class == Some(Class::Security);
        if action == Some(Action::Warn) && class == Some(Class::Security) {
            item.hinted(
                format!("`{name}` is of class `security`, which nobody may continue to"),
                "use `action = \"block\"` for it, in a rule of its own",
            );
        }
        if members.contains(&name) {
            item.hinted(format!("`{name}` is listed twice"), "leave one of the two out");
        }
        members.push(name);
    }
    let hosts_named = table.get("hosts").map(|item| item.items().len()).unwrap_or_default();
    if named.map(|item| item.items().len()).unwrap_or_default() + hosts_named == 0 {
        table.sheet.hinted(
            table.span.clone(),
            "the rule names neither categories nor hosts, so it matches nothing",
            "add `categories = [...]` or `hosts = [...]`; for all other hosts there is \
             `default_action` of the policy",
        );
    }
    let text = |key| table.get(key).and_then(|item: Item<'_>| item.text());
    let found = RuleConfig {
        name: text("name"),
        action: action.unwrap_or(Action::Block),
        categories: members,
        hosts: patterns(&table),
        reason: text("reason"),
        contact: table.get("contact").and_then(|item| item.read(value::mail)),
        terms: rule_terms(&table, terms, danger),
    };
    table.finish();
    found
}

/// What earlier locations took, each with its line.
#[derive(Default)]
struct Seen {
    names: Vec<(String, usize)>,
    networks: std::collections::HashMap<ipnet::IpNet, (String, usize)>,
}

fn location(
    table: Table<'_>,
    policies: &[PolicyTable],
    default_policy: &str,
    seen: &mut Seen,
) -> LocationConfig {
    let sheet = table.sheet;
    let name_item = table.must("name", "\"head office\"");
    let name = name_item.as_ref().and_then(Item::text).unwrap_or_default();
    if let Some(item) = name_item.filter(|_| !name.is_empty()) {
        if let Some((_, line)) = seen.names.iter().find(|(other, _)| *other == name) {
            item.problem(format!("a location `{name}` is on line {line} already"));
        }
        seen.names.push((name.clone(), sheet.line(item.span.start)));
    }
    let list = table.must("networks", "[\"192.0.2.0/24\"]");
    let items = list.as_ref().map(Item::items).unwrap_or_default();
    if let Some(list) = list {
        let hint = "write networks, such as `[\"192.0.2.0/24\"]`";
        list.must_hold_some("the location has no networks", hint);
    }
    let mut networks = Vec::with_capacity(items.len());
    for item in items {
        let Some(network) = item.read(|text| value::network(text, "a location")) else { continue };
        if let Some((other, line)) = seen.networks.get(&network) {
            item.hinted(
                format!("`{network}` belongs to the location `{other}` on line {line} already"),
                "a client can be at one location only; of overlapping networks the smaller one wins",
            );
            continue;
        }
        seen.networks.insert(network, (name.clone(), sheet.line(item.span.start)));
        networks.push(network);
    }
    let policy = table
        .must("policy", &format!("\"{default_policy}\""))
        .and_then(|item| known_policy(&item, policies));
    table.finish();
    LocationConfig { name, networks, policy: policy.unwrap_or_else(|| default_policy.to_owned()) }
}

fn exceptions(table: Table<'_>) -> Exceptions {
    let read = |item: &Item<'_>| {
        let name = item.read(value::domain)?;
        if value::is_known_suffix(&name) {
            item.hinted(
                format!("`{name}` would make every site under it an exception"),
                "name the domains that are yours or that you trust",
            );
            return None;
        }
        Some(name)
    };
    let names = |item: Item<'_>| item.items().iter().filter_map(read).collect::<Vec<HostName>>();
    let mut domains = match table.get("domains") {
        Some(item) => names(item),
        None => INNER.iter().filter_map(|name| HostName::from_wire(name).ok()).collect(),
    };
    domains.extend(table.get("also").map(names).unwrap_or_default());
    let mut networks = Vec::new();
    for item in table.get("networks").map(|item| item.items()).unwrap_or_default() {
        let Some(network) = item.read(|text| value::network(text, "an exception")) else {
            continue;
        };
        if network.prefix_len() == 0 {
            item.hinted(
                format!("`{network}` would make every address an exception"),
                "name the networks that are never to be impersonated",
            );
        }
        networks.push(network);
    }
    let mut not_builtin = Vec::new();
    for item in table.get("not_builtin").map(|item| item.items()).unwrap_or_default() {
        let Some(name) = item.read(value::host_name) else { continue };
        let names = BUILTIN_NAMES.iter().map(|builtin| builtin.name);
        if !names.clone().any(|builtin| builtin == name.as_str()) {
            let hint = match nearest(name.as_str(), names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`blockhouse exceptions` shows them all".to_owned(),
            };
            item.hinted(format!("`{name}` is no built-in exception"), hint);
        }
        not_builtin.push(name);
    }
    table.finish();
    Exceptions { domains, networks, not_builtin }
}
