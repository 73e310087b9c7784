//! Configurations.
#![no_main]

use blockhouse::config::{Config, Source};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Err(errors) = Config::parse(text, &Source::Builtin) {
        assert!(!errors.to_string().is_empty());
    }
});
