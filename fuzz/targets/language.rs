//! Accept-Language fields and chosen languages.
#![no_main]

use std::sync::OnceLock;

use blockhouse::page::{PageOptions, Pages};

static PAGES: OnceLock<Pages> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|text: &str| {
    let pages = PAGES.get_or_init(|| {
        let options = PageOptions {
            organisation: "Fuzz".into(),
            contact: None,
            colour: None,
            logo: None,
            templates: None,
            default_language: "en".into(),
        };
        Pages::load(&options).unwrap().0
    });
    let chosen = pages.choose(Some(text), Some(text));
    assert!(pages.languages().contains(&chosen));
});
