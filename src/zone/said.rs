//! What a format can say of a name.

use serde::Serialize;

use super::Format;
use crate::host::{HostName, MAX_NAME};
use crate::policy::{Redirect, Told};

/// What a file says to who asks for a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Say {
    /// What the policy says.
    Told(Told),
    /// That there is the name, and nothing about it.
    Nodata,
    /// Nothing; other entries, or nobody, decide.
    Nothing,
}

/// What a file says of one name and of what lies below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// To who asks for the name.
    pub itself: Say,
    /// To who asks for names below it.
    pub below: Say,
    /// What is not, or not exactly, what the policy says.
    pub limit: Option<Limit>,
}

/// What a format cannot say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// Names below a name, which all have its answer.
    Below,
    /// An answer for what lies below a name and not for the name itself.
    OnlyBelow,
    /// An answer for the name itself and not for what lies below it.
    OnlyItself,
    /// That there is no such name.
    Nxdomain,
    /// Another answer than the one of the list.
    Answer,
    /// A redirected name below one that is not.
    BelowTruth,
    /// A name so long that the zone's does not fit behind it.
    TooLong,
    /// A name that ends in a word with a meaning of its own.
    Reserved,
}

impl Limit {
    /// What happens to names that meet the limit; goes before their number.
    pub fn words(self) -> &'static str {
        match self {
            Self::Below => {
                "names blocked without the names below them, which this format cannot name"
            }
            Self::OnlyBelow => {
                "names left out, since the policy means only what lies below them, which this format \
                 cannot say"
            }
            Self::OnlyItself => {
                "names that get one answer together with the names below them, which this format \
                 cannot tell apart"
            }
            Self::Nxdomain => {
                "names without a usable address instead of `no such name`, which this format cannot \
                 say of them"
            }
            Self::Answer => {
                "names with the list's one answer instead of their category's, which this format \
                 cannot say"
            }
            Self::BelowTruth => {
                "names that are not blocked, since they lie below an exception, which counts first \
                 in this format"
            }
            Self::TooLong => {
                "names left out, since they are too long with the name of the zone behind them; \
                 choose a shorter `--zone-name`"
            }
            Self::Reserved => {
                "names left out, since their last label has a meaning of its own in such zones"
            }
        }
    }
}

/// Last labels that make an entry of a response policy zone speak of something else than names.
const RPZ_WORDS: [&str; 4] = ["rpz-ip", "rpz-client-ip", "rpz-nsip", "rpz-nsdname"];

impl Said {
    /// What a format says of a name.
    pub fn new(format: Format, origin: &HostName, redirect: &Redirect<'_>) -> Self {
        match format {
            Format::Rpz | Format::Bind | Format::Knot | Format::Powerdns => rpz(origin, redirect),
            Format::Unbound => unbound(redirect),
            Format::Dnsmasq | Format::Pihole => closest(redirect),
            Format::Hosts | Format::CorednsHosts => hosts(redirect),
            Format::Adguard => adguard(redirect),
            Format::Technitium => technitium(redirect),
        }
    }

    /// Whether there is nothing to write.
    pub fn is_nothing(&self) -> bool {
        self.itself == Say::Nothing && self.below == Say::Nothing
    }

    fn exactly(itself: Told, below: Told) -> Self {
        Self { itself: Say::Told(itself), below: Say::Told(below), limit: None }
    }

    const NOTHING: Self = Self { itself: Say::Nothing, below: Say::Nothing, limit: None };
}

/// Everything can be said; where nothing above is redirected the truth needs no words.
fn rpz(origin: &HostName, redirect: &Redirect<'_>) -> Said {
    let Redirect { name, itself, below, inherited, .. } = *redirect;
    let (truth, free) = (Told::Truth, inherited == Told::Truth);
    let mut said = Said::exactly(itself, below);
    if free && itself == truth && below != truth {
        said.itself = Say::Nothing;
    }
    if free && below == truth && itself != truth {
        said.below = Say::Nothing;
    }
    if RPZ_WORDS.contains(&name.rsplit('.').next().unwrap_or_default()) {
        return Said { limit: Some(Limit::Reserved), ..Said::NOTHING };
    }
    let length = name.len() + 1 + origin.as_str().len();
    if length > MAX_NAME {
        return Said { limit: Some(Limit::TooLong), ..Said::NOTHING };
    }
    if length + "*.".len() > MAX_NAME && said.below != Say::Nothing {
        said.below = Say::Nothing;
        // Nothing fits between: what is below is longer than any name.
        if name.len() + "x.".len() <= MAX_NAME {
            said.limit = Some(Limit::TooLong);
        }
    }
    said
}

/// The closest entry counts, so only what differs from the one above needs words.
fn closest(redirect: &Redirect<'_>) -> Said {
    let Redirect { itself, below, inherited, .. } = *redirect;
    if itself == inherited && below == inherited {
        return Said::NOTHING;
    }
    let mut said = Said::exactly(itself, below);
    if itself == Told::Truth && inherited == Told::Truth {
        said.itself = Say::Nothing;
    }
    said
}

/// A local zone has one answer for all that is in it, or data for its own name.
fn unbound(redirect: &Redirect<'_>) -> Said {
    let Redirect { itself, below, .. } = *redirect;
    let said = closest(redirect);
    if said.is_nothing() || itself == below {
        return said;
    }
    match (itself, below) {
        (Told::Truth, _) => only_below(redirect),
        (Told::Nxdomain, Told::Truth) => {
            Said { itself: Say::Nodata, below: Say::Told(below), limit: Some(Limit::Nxdomain) }
        }
        (Told::Page(_) | Told::Null, Told::Truth | Told::Nxdomain) => said,
        (_, _) => Said { limit: Some(Limit::OnlyItself), ..Said::exactly(below, below) },
    }
}

/// A name that is not redirected itself, where an answer holds for all that lies below it as well: it
/// has the answer from above.
fn only_below(redirect: &Redirect<'_>) -> Said {
    let limit = match redirect.inherited {
        Told::Truth => Limit::OnlyBelow,
        _ => Limit::OnlyItself,
    };
    Said { limit: Some(limit), ..Said::NOTHING }
}

/// One line says one address of one name.
fn hosts(redirect: &Redirect<'_>) -> Said {
    let Redirect { itself, below, .. } = *redirect;
    let covered = (below != Told::Truth).then_some(Limit::Below);
    match itself {
        Told::Truth if below == Told::Truth => Said::NOTHING,
        Told::Truth => Said { limit: Some(Limit::OnlyBelow), ..Said::NOTHING },
        Told::Nxdomain => {
            let limit = covered.or(Some(Limit::Nxdomain));
            Said { itself: Say::Told(Told::Null), below: Say::Nothing, limit }
        }
        Told::Page(_) | Told::Null => {
            Said { itself: Say::Told(itself), below: Say::Nothing, limit: covered }
        }
    }
}

/// All entries that match a name count, and an exception takes out what it names: the answer that is
/// inherited.
fn adguard(redirect: &Redirect<'_>) -> Said {
    let Redirect { itself, below, inherited, .. } = *redirect;
    let truth = Told::Truth;
    if itself == inherited && below == inherited && inherited != truth {
        return Said::NOTHING;
    }
    let mut said = Said::exactly(itself, below);
    if inherited == truth && itself != below {
        if itself == truth {
            said.itself = Say::Nothing;
        }
        if below == truth {
            said.below = Say::Nothing;
        }
    }
    said
}

/// A name, with everything below it, is allowed or gets the list's one answer.
fn technitium(redirect: &Redirect<'_>) -> Said {
    let Redirect { itself, below, inherited, exempt, .. } = *redirect;
    let page = Told::Page(0);
    if itself == inherited && below == inherited && inherited != Told::Truth {
        return Said::NOTHING;
    }
    match (itself, below) {
        (_, _) if exempt && (itself != Told::Truth || below != Told::Truth) => {
            Said { limit: Some(Limit::BelowTruth), ..Said::NOTHING }
        }
        (Told::Truth, Told::Truth) => Said::exactly(itself, below),
        (Told::Truth, _) => only_below(redirect),
        (_, Told::Truth) => Said { limit: Some(Limit::OnlyItself), ..Said::exactly(page, page) },
        (Told::Page(0), Told::Page(0)) => Said::exactly(page, page),
        (_, _) => Said { limit: Some(Limit::Answer), ..Said::exactly(page, page) },
    }
}
