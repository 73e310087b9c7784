//! The forms of a page, and what became of an earlier request, as templates take them.

use serde::Serialize;

use super::words::Words;
use super::{AskReason, CodeForm, ContinueForm, Earlier, FormProblem, RequestForm};

/// The form to continue by.
#[derive(Serialize)]
pub(super) struct ShownContinue<'a> {
    action: &'a str,
    token: &'a str,
    to: &'a str,
    /// Null when no reason is asked for.
    ask: Option<Ask<'a>>,
    problem: Option<String>,
    /// The problem lies in what was filled in.
    invalid: bool,
}

/// How the form to continue by asks for a reason.
#[derive(Serialize)]
struct Ask<'a> {
    required: bool,
    /// What to choose from; null when the answer is free.
    choices: Option<&'a [String]>,
    max: usize,
}

/// The form for a bypass code.
#[derive(Serialize)]
pub(super) struct ShownCode<'a> {
    action: &'a str,
    token: &'a str,
    to: &'a str,
    problem: Option<String>,
    /// The problem lies in what was filled in.
    invalid: bool,
    /// No code is taken now; the problem says until when.
    locked: bool,
}

/// The form to ask for access.
#[derive(Serialize)]
pub(super) struct ShownRequest<'a> {
    action: &'a str,
    token: &'a str,
    to: &'a str,
    event: &'a str,
    problem: Option<String>,
    /// The problem lies in what was filled in.
    invalid: bool,
    max_reason: usize,
    max_contact: usize,
}

/// What became of an earlier request.
#[derive(Serialize)]
pub(super) struct ShownEarlier<'a> {
    /// `waiting`, `approved` or `denied`.
    state: &'static str,
    text: String,
    /// The administrator's words; null when there are none.
    note: Option<&'a str>,
}

pub(super) fn to_continue<'a>(words: &Words, form: ContinueForm<'a>) -> ShownContinue<'a> {
    let ask = match form.ask {
        AskReason::No => None,
        AskReason::Optional => Some((false, None)),
        AskReason::Required => Some((true, None)),
        AskReason::Choose(choices) => Some((true, Some(choices))),
    };
    ShownContinue {
        action: form.action,
        token: form.token,
        to: form.to,
        ask: ask.map(|(required, choices)| Ask { required, choices, max: RequestForm::MAX_REASON }),
        problem: form.problem.map(|problem| sentence(words, problem)),
        invalid: form.problem.is_some_and(lies_in_the_field),
    }
}

pub(super) fn code<'a>(words: &Words, form: CodeForm<'a>) -> ShownCode<'a> {
    ShownCode {
        action: form.action,
        token: form.token,
        to: form.to,
        problem: form.problem.map(|problem| sentence(words, problem)),
        invalid: form.problem.is_some_and(lies_in_the_field),
        locked: matches!(form.problem, Some(FormProblem::CodeLocked { .. })),
    }
}

pub(super) fn request<'a>(
    words: &Words,
    form: RequestForm<'a>,
    event: &'a str,
) -> ShownRequest<'a> {
    ShownRequest {
        action: form.action,
        token: form.token,
        to: form.to,
        event,
        problem: form.problem.map(|problem| sentence(words, problem)),
        invalid: form.problem.is_some_and(lies_in_the_field),
        max_reason: RequestForm::MAX_REASON,
        max_contact: RequestForm::MAX_CONTACT,
    }
}

pub(super) fn earlier<'a>(words: &Words, earlier: Earlier<'a>) -> ShownEarlier<'a> {
    let (state, text, note) = match earlier {
        Earlier::Waiting { since } => ("waiting", words.with_time("earlier_waiting", since), None),
        Earlier::Approved { until } => {
            ("approved", words.with_time("earlier_approved", until), None)
        }
        Earlier::Denied { note } => ("denied", words.get("earlier_denied").to_owned(), note),
    };
    ShownEarlier { state, text, note: note.filter(|note| !note.trim().is_empty()) }
}

/// Whether other words in the field would do.
fn lies_in_the_field(problem: FormProblem) -> bool {
    match problem {
        FormProblem::ReasonMissing
        | FormProblem::ReasonUnknown
        | FormProblem::CodeWrong { .. }
        | FormProblem::CodeNotForThis
        | FormProblem::CodeSpent => true,
        FormProblem::CodeLocked { .. }
        | FormProblem::TooManyRequests
        | FormProblem::RequestsFull
        | FormProblem::TryAgain => false,
    }
}

/// What is wrong with a form, and what to do.
fn sentence(words: &Words, problem: FormProblem) -> String {
    let key = match problem {
        FormProblem::CodeWrong { left } => return words.with_number("problem_code_wrong", left),
        FormProblem::CodeLocked { until } => {
            return words.with_time("problem_code_locked", until);
        }
        FormProblem::ReasonMissing => "problem_reason_missing",
        FormProblem::ReasonUnknown => "problem_reason_unknown",
        FormProblem::CodeNotForThis => "problem_code_not_for_this",
        FormProblem::CodeSpent => "problem_code_spent",
        FormProblem::TooManyRequests => "problem_too_many_requests",
        FormProblem::RequestsFull => "problem_requests_full",
        FormProblem::TryAgain => "problem_try_again",
    };
    words.get(key).to_owned()
}
