//! The address that a person asked for, without and with the few words of ours in its query.
//!
//! Everything else of the query is kept to the octet, since the real site will read it.

/// Carries the mark of the cookie check.
pub const CHECK: &str = "blockhouse-check";
/// Carries the language that a person chose on the page.
pub const LANGUAGE: &str = "blockhouse-language";

/// The value of one of our words in a query.
pub fn own_value<'a>(query: Option<&'a str>, name: &str) -> Option<&'a str> {
    query?.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// Whether a query holds a word of ours.
pub fn has_own_words(query: Option<&str>) -> bool {
    own_value(query, CHECK).is_some() || own_value(query, LANGUAGE).is_some()
}

/// Path and query without any word of ours: where a person wanted to go.
pub fn clean(path: &str, query: Option<&str>) -> String {
    build(path, query, &[])
}

/// The address of the page that a request comes from, as `Referer` has it, without any word of ours. Nothing when
/// there is none in it.
pub fn clean_referrer(referrer: &str) -> Option<String> {
    let (page, query) = referrer.split_once('?')?;
    if !has_own_words(Some(query)) {
        return None;
    }
    let query = clean("", Some(query));
    Some(format!("{page}{}", query.strip_prefix('/').unwrap_or(&query)))
}

/// Path and query with these words of ours and no others. Values must be URL-safe.
pub fn build(path: &str, query: Option<&str>, words: &[(&str, &str)]) -> String {
    let own: usize = words.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    let foreign = query.map_or(0, |query| query.len() + 1);
    let mut address = String::with_capacity(1 + path.len() + foreign + own);
    address.push('/');
    address.push_str(within(path));
    let foreign = query.into_iter().flat_map(|query| query.split('&')).filter(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        name != CHECK && name != LANGUAGE
    });
    let mut glue = '?';
    for pair in foreign {
        address.push(glue);
        address.push_str(pair);
        glue = '&';
    }
    for (name, value) in words {
        address.push(glue);
        address.push_str(name);
        address.push('=');
        address.push_str(value);
        glue = '&';
    }
    address
}

/// What stands behind the first slash of a path that stays on its host. Browsers read `//host/` and
/// `/\host/` as another host (WHATWG URL, "relative slash state"), which would make our redirects open
/// ones.
fn within(path: &str) -> &str {
    path.trim_start_matches(['/', '\\'])
}

/// The address that a form says to return to, if it is one on this host; else `/`.
pub fn return_address(to: &str) -> String {
    let fine = to.len() <= 8192
        && to.starts_with('/')
        // Printable ASCII: what a browser would have encoded anyway, and what a header can hold.
        && to.bytes().all(|octet| octet.is_ascii_graphic() && octet != b'\\');
    if !fine {
        return "/".to_owned();
    }
    let to = to.split('#').next().unwrap_or_default();
    match to.split_once('?') {
        Some((path, query)) => clean(path, Some(query)),
        None => clean(to, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_words_come_and_go_and_the_rest_stays() {
        let query = Some("a=%20&blockhouse-check=x&b&c=1=2");
        assert_eq!(clean("/p", query), "/p?a=%20&b&c=1=2");
        assert_eq!(build("/p", query, &[(CHECK, "y")]), "/p?a=%20&b&c=1=2&blockhouse-check=y");
        assert_eq!(clean("/p", Some("blockhouse-check=x")), "/p");
        assert_eq!(clean("/p", None), "/p");
        for query in ["", "&", "a&&b&", "&a=", "=&="] {
            let marked = build("/p", Some(query), &[(CHECK, "y"), (LANGUAGE, "de")]);
            let (_, marked) = marked.split_once('?').unwrap();
            assert_eq!(clean("/p", Some(marked)), format!("/p?{query}"));
        }
        assert_eq!(own_value(query, CHECK), Some("x"));
        assert_eq!(own_value(Some("xblockhouse-check=1"), CHECK), None);
    }

    #[test]
    fn a_referrer_loses_our_words_and_nothing_else() {
        let clean = |text| clean_referrer(text);
        let of = "https://a.example/p?x=1&blockhouse-check=m&y";
        assert_eq!(clean(of).as_deref(), Some("https://a.example/p?x=1&y"));
        let only = "https://a.example/?blockhouse-check=m";
        assert_eq!(clean(only).as_deref(), Some("https://a.example/"));
        assert_eq!(clean("https://a.example/?x"), None);
        assert_eq!(clean("https://a.example/"), None);
    }

    #[test]
    fn an_address_stays_on_its_host() {
        for (to, wanted) in [
            ("/a?b#c", "/a?b"),
            ("//evil.example/x", "/evil.example/x"),
            ("/\\evil.example", "/"),
            ("https://evil.example/", "/"),
            ("", "/"),
            ("/a\r\nSet-Cookie: x", "/"),
            ("/\u{e9}", "/"),
        ] {
            assert_eq!(return_address(to), wanted, "{to:?}");
        }
        assert_eq!(clean("//evil.example", None), "/evil.example");
    }
}
