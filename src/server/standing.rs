//! What the server knows of a client besides its request, and what it notes when a grant is made.

use std::net::IpAddr;
use std::time::Duration;

use super::Shared;
use crate::clock::{self, Time};
use crate::config::HandOver;
use crate::hook::{Notice, What};
use crate::host::Host;
use crate::http::grant::Grant;
use crate::http::permit::{By, Earlier, Permission, Standing, opening};
use crate::live::{LiveGrant, Opens};
use crate::policy::Verdict;
use crate::random::EventId;
use crate::store::State;

impl Standing for Shared {
    fn is_code_alive(&self, id: &str) -> bool {
        self.store.is_code_alive(id, clock::now())
    }

    fn approved_until(&self, client: IpAddr, host: &Host, now: Time) -> Option<Time> {
        self.store.approval(client, host, now).map(|approval| approval.until)
    }

    fn live(&self, client: IpAddr, now: Time) -> Vec<LiveGrant> {
        self.live.of(client, now)
    }

    fn continued_today(&self, client: IpAddr, rule: u64, site: &str, now: Time) -> u32 {
        self.store.count_today(client, rule, site, now)
    }

    fn earlier(&self, session: &str, host: &Host, now: Time) -> Option<Earlier> {
        let known = self.store.earlier(session, host)?;
        match known.state {
            State::Open => Some(Earlier::Waiting(known.at)),
            State::Approved { until, .. } => (until > now).then_some(Earlier::Approved(until)),
            State::Denied { note, .. } => Some(Earlier::Denied(note)),
        }
    }
}

/// Whose grant it is, and where it was made.
pub(super) struct Holder<'a> {
    pub(super) client: IpAddr,
    pub(super) host: &'a Host,
    /// The number of the connection that the answer goes over.
    pub(super) connection: u64,
}

impl Shared {
    /// Notes that a grant was made, closes the connections that it makes useless, and tells hooks.
    pub(super) fn grant_made(
        &self,
        grant: &Grant,
        justification: Option<&str>,
        holder: &Holder<'_>,
        verdict: &Verdict,
        event: EventId,
        now: Time,
    ) {
        let category = verdict.category.as_ref().map(|category| &*category.name);
        let live = LiveGrant {
            opens: grant.opens(category),
            host: holder.host.clone(),
            rule: Some(grant.rule),
            until: grant.until,
            since: now,
            hand_over: verdict.terms.hand_over,
            code: grant.code.clone(),
        };
        self.tell(What::Grant, event, now, |data| {
            grant_data(data, holder.client, &live);
            data.insert("policy".into(), verdict.policy.as_ref().into());
            data.insert("category".into(), category.into());
            data.insert("justification".into(), justification.into());
            data.insert("code".into(), grant.code.as_deref().into());
        });
        self.take_up(live, holder);
    }

    /// Takes up a grant that a request brings along, or an approval at its first use.
    pub(super) fn grant_used(
        &self,
        leave: &Permission,
        holder: &Holder<'_>,
        verdict: &Verdict,
        now: Time,
    ) {
        let category = verdict.category.as_ref().map(|category| &*category.name);
        let (opens, rule, code) = match &leave.by {
            By::Cookie(grant) => (grant.opens(category), Some(grant.rule), grant.code.clone()),
            By::Approval => (Opens::Site(holder.host.site_or_self()), None, None),
            By::Live | By::Companion => return,
        };
        let live = LiveGrant {
            opens,
            host: holder.host.clone(),
            rule,
            until: leave.until,
            since: now,
            hand_over: verdict.terms.hand_over,
            code,
        };
        self.take_up(live, holder);
    }

    fn take_up(&self, grant: LiveGrant, holder: &Holder<'_>) {
        let (opens, hand_over) = (grant.opens.clone(), grant.hand_over);
        let is_new = self.live.note(holder.client, grant);
        if is_new && hand_over != HandOver::PassThrough {
            let meant = |host: &Host| opens.covers(host, None) || host == holder.host;
            self.sockets.close(holder.client, holder.connection, meant);
        }
    }

    /// Until when connections of this client for this host are passed on untouched, if they are.
    pub(super) fn spliced_until(
        &self,
        client: IpAddr,
        host: &Host,
        verdict: &Verdict,
        now: Time,
    ) -> Option<Time> {
        self.dialer.as_ref()?;
        let mut live = self.live.of(client, now);
        if live.is_empty() {
            // The first connection after an access request was approved.
            let until = self.store.approval(client, host, now)?.until;
            let splices = verdict.terms.hand_over != HandOver::PassThrough && !verdict.danger;
            if !splices {
                return None;
            }
            let leave = Permission { until, by: By::Approval };
            let holder = Holder { client, host, connection: u64::MAX };
            self.grant_used(&leave, &holder, verdict, now);
            live = self.live.of(client, now);
        }
        let grant = opening(&live, host, verdict, &self.settings.companions, self)?;
        match grant.hand_over {
            HandOver::Splice => Some(grant.until),
            HandOver::Gateway if self.gateway.meanwhile == HandOver::Splice => {
                let bridge = grant.since.plus(self.gateway.bridge).min(grant.until);
                (bridge > now).then_some(bridge)
            }
            HandOver::Gateway | HandOver::PassThrough => None,
        }
    }

    /// Whether what a person and a site say to each other passes through this server in the clear when the site reaches
    /// the person in this way, be it for the first moments alone.
    pub(super) fn stands_between(&self, hand_over: HandOver) -> bool {
        let way = match hand_over {
            HandOver::Gateway => self.gateway.meanwhile,
            way => way,
        };
        self.origins.is_some() && way == HandOver::PassThrough
    }

    /// Ends what has ended, and tells hooks.
    pub(super) fn end_grants(&self, now: Time) {
        let gone = |client: IpAddr, grant: &LiveGrant| {
            let revoked = grant.code.as_deref().is_some_and(|code| !self.is_code_alive(code));
            let withdrawn =
                grant.rule.is_none() && self.store.approval(client, &grant.host, now).is_none();
            revoked || withdrawn
        };
        for ended in self.live.end(now, gone) {
            self.tell(What::GrantEnded, EventId::new(), now, |data| {
                grant_data(data, ended.client, &ended.grant);
            });
        }
    }

    /// Hands a notice to the hooks.
    pub(super) fn tell(
        &self,
        what: What,
        event: EventId,
        now: Time,
        fill: impl FnOnce(&mut serde_json::Map<String, serde_json::Value>),
    ) {
        let mut data = serde_json::Map::new();
        data.insert("event".into(), event.to_string().into());
        fill(&mut data);
        // One event can lead to several notices, and receivers know a repeated one by its id.
        let id = EventId::new().to_string();
        self.hooks.tell(Notice { id, what, at: now, data });
    }
}

fn grant_data(
    data: &mut serde_json::Map<String, serde_json::Value>,
    client: IpAddr,
    grant: &LiveGrant,
) {
    data.insert("client".into(), client.to_string().into());
    if let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(grant) {
        data.extend(fields);
    }
}

/// How long a connection that leads to us may live while the gateway is told to send the client to
/// the real address: a browser looks the name up anew when it opens another connection.
pub(super) const SHORT: Duration = Duration::from_secs(15);
