//! The forms of our pages: what has to be looked up, counted and kept before they can be answered.

use super::pressed::Press;
use super::request::Case;
use crate::clock;
use crate::event::Outcome;
use crate::hook::What;
use crate::http::forms::{self, Filing, Step, Tried, Typed};
use crate::http::route::{Answer, Context, Form, Granted, Show};
use crate::page::FormProblem;
use crate::store::{CodeLimits, CodeUse, NewRequest, RequestLimits, StoreError, Submitted};

/// What the event of a form says besides its answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    pub(super) outcome: Option<Outcome>,
    pub(super) detail: Option<&'static str>,
    pub(super) code: Option<String>,
    pub(super) justification: Option<String>,
}

/// What a form gets.
pub(super) async fn asked(
    form: Form,
    body: &[u8],
    case: &Case<'_>,
    context: &Context<'_>,
) -> (Answer, Told) {
    let headers = &case.request.head.headers;
    let press = Press::new(case.place.client, case.request.host, form, headers, body);
    let ask = async {
        let mut told = Told::default();
        let answer = match forms::submit(form, &case.request, body, case.verdict, context) {
            Step::Done(answer) => answer,
            Step::TryCode(typed) => try_code(typed, case, context, &mut told).await,
            Step::File(filing) => file(filing, case, context, &mut told).await,
        };
        let answer = match answer {
            Answer::Granted(granted) => grant(granted, case, context, &mut told).await,
            answer => answer,
        };
        (answer, told)
    };
    case.place.shared.pressed.once(press, ask).await
}

/// Counts a grant where the rule counts them, then lets it out.
async fn grant(
    granted: Box<Granted>,
    case: &Case<'_>,
    context: &Context<'_>,
    told: &mut Told,
) -> Answer {
    let shared = &case.place.shared;
    let by_person = granted.grant.code.is_none();
    if let Some(most) = case.verdict.terms.per_day.filter(|_| by_person) {
        let (client, rule, now) = (case.place.client, case.verdict.revision, case.now);
        let site = case.request.host.site_or_self();
        let store = shared.store.clone();
        match blocking(move || store.bump(client, rule, &site, now)).await {
            Some(Ok(count)) if count > most.get() => {
                // Two tabs at the same moment; the page says that it is used up.
                return Answer::SeeOther { location: granted.location };
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => return store_failed(&error),
            None => return failed(),
        }
    }
    let justification = granted.justification.as_deref();
    told.justification = justification.map(str::to_owned);
    let holder = case.holder();
    shared.grant_made(
        &granted.grant,
        justification,
        &holder,
        case.verdict,
        case.event,
        context.now,
    );
    Answer::Granted(granted)
}

async fn try_code(typed: Typed, case: &Case<'_>, context: &Context<'_>, told: &mut Told) -> Answer {
    let shared = &case.place.shared;
    let (client, now) = (case.place.client, case.now);
    let category = case.verdict.category.as_ref().map(|category| category.name.to_string());
    let limits = CodeLimits { wrong: shared.codes.wrong, locked_for: shared.codes.locked_for };
    let (store, code) = (shared.store.clone(), typed.code.clone());
    // The form may have been long on its way, and wrong codes are counted by the time.
    let try_now = move || store.use_code(client, &code, category.as_deref(), limits, clock::now());
    let used = blocking(try_now).await;
    told.outcome = Some(Outcome::CodeRefused);
    let tried = match used {
        Some(Ok(CodeUse::Good(code))) => {
            told.outcome = Some(Outcome::Grant);
            told.code = Some(format!("{} {}", code.id, code.note));
            shared.tell(What::CodeUsed, case.event, now, |data| {
                about(data, case);
                data.insert("code".into(), code.id.clone().into());
                data.insert("note".into(), code.note.clone().into());
                data.insert("uses_left".into(), code.uses_left.into());
            });
            let until = now.plus(code.lasts.unwrap_or(case.verdict.terms.duration));
            Tried::Good { id: code.id, until }
        }
        Some(Ok(CodeUse::Wrong { left })) => {
            told.detail = Some("wrong");
            Tried::Bad(FormProblem::CodeWrong { left })
        }
        Some(Ok(CodeUse::Locked { until })) => {
            told.detail = Some("locked");
            shared.tell(What::CodeLocked, case.event, now, |data| {
                about(data, case);
                data.insert("until".into(), until.rfc3339().into());
            });
            Tried::Bad(FormProblem::CodeLocked { until })
        }
        Some(Ok(CodeUse::NotForThis)) => {
            told.detail = Some("not_for_this");
            Tried::Bad(FormProblem::CodeNotForThis)
        }
        Some(Ok(CodeUse::Spent)) => {
            told.detail = Some("spent");
            Tried::Bad(FormProblem::CodeSpent)
        }
        Some(Err(error)) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a code could not be tried");
            told.detail = Some("failed");
            Tried::Bad(FormProblem::TryAgain)
        }
        None => Tried::Bad(FormProblem::TryAgain),
    };
    forms::code_tried(typed, tried, &case.request, case.verdict, context)
}

async fn file(filing: Filing, case: &Case<'_>, context: &Context<'_>, told: &mut Told) -> Answer {
    let shared = &case.place.shared;
    let verdict = case.verdict;
    let new = NewRequest {
        host: case.request.host.clone(),
        site: case.request.host.site_or_self(),
        danger: verdict.danger,
        category: verdict.category.as_ref().map(|category| category.name.to_string()),
        policy: verdict.policy.to_string(),
        location: verdict.location.as_deref().map(str::to_owned),
        client: case.place.client,
        session: filing.session().to_owned(),
        event: filing.event.clone(),
        reason: filing.reason.clone(),
        contact: filing.contact.clone(),
    };
    let limits =
        RequestLimits { per_client: shared.requests.per_client, open: shared.requests.open };
    let (store, now) = (shared.store.clone(), case.now);
    told.outcome = Some(Outcome::AccessRequest);
    let file_now = move || store.submit(new, limits, clock::now());
    let (problem, detail) = match blocking(file_now).await {
        Some(Ok(Submitted::New(request))) => {
            shared.tell(What::RequestOpened, case.event, now, |data| {
                about(data, case);
                data.insert("request".into(), request.id.clone().into());
                data.insert("reason".into(), filing.reason.clone().into());
                data.insert("contact".into(), filing.contact.clone().into());
            });
            (None, "new")
        }
        Some(Ok(Submitted::Joined(_))) => (None, "joined"),
        Some(Ok(Submitted::TooMany)) => (Some(FormProblem::TooManyRequests), "too_many"),
        Some(Ok(Submitted::Full)) => (Some(FormProblem::RequestsFull), "full"),
        Some(Err(error)) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "an access request could not be kept");
            (Some(FormProblem::TryAgain), "failed")
        }
        None => (Some(FormProblem::TryAgain), "failed"),
    };
    told.detail = Some(detail);
    forms::request_filed(filing, problem, &case.request, case.verdict, context)
}

/// Who, where, and why it was blocked.
fn about(data: &mut serde_json::Map<String, serde_json::Value>, case: &Case<'_>) {
    let verdict = case.verdict;
    let category = verdict.category.as_ref().map(|category| &*category.name);
    data.insert("client".into(), case.place.client.to_string().into());
    data.insert("host".into(), case.request.host.to_string().into());
    data.insert("category".into(), category.into());
    data.insert("policy".into(), verdict.policy.as_ref().into());
    data.insert("location".into(), verdict.location.as_deref().into());
}

/// Runs what touches the disk, or takes its time, on a thread that may. None when the server stops.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}

fn store_failed(error: &StoreError) -> Answer {
    tracing::error!(error = error as &dyn std::error::Error, "a grant could not be counted");
    failed()
}

fn failed() -> Answer {
    Answer::Page { show: Show::Failed, status: 500, cookies: Vec::new() }
}
