//! The kind of a request, whatever its head.
#![no_main]

use blockhouse::http::kind::Kind;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut lines = text.lines();
    let mut request = http::Request::builder()
        .method(lines.next().unwrap_or("GET"))
        .uri(lines.next().unwrap_or("/"));
    for line in lines.take(20) {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        request = request.header(name, value);
    }
    if let Ok(request) = request.body(()) {
        let (head, ()) = request.into_parts();
        assert!(!Kind::of(&head, "example.com").word().is_empty());
    }
});
