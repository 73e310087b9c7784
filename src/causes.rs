//! An error in one line, with what led to it.

use std::error::Error;

/// An error and what caused it, each said once.
pub fn with_cause(error: &dyn Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", with_cause(cause)),
        None => error.to_string(),
    }
}
