//! The cache of leaves, at any time of day: the library is given `now`.

use std::net::IpAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use blockhouse::ca::{InitPlan, Issuer, KeyKind, LeafTerms, init};
use blockhouse::clock::{self, Time};
use blockhouse::host::{Host, HostName};
use blockhouse::leaf::{From, LeafError, LeafKind, Leaves, MintLimits};

const DAY: Duration = Duration::from_secs(86_400);
const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

struct Cache {
    leaves: Leaves,
    runtime: tokio::runtime::Runtime,
    start: Time,
}

impl Cache {
    fn new(entries: usize, per_client: u32) -> Self {
        Self::with_total(entries, per_client, 1000)
    }

    fn with_total(entries: usize, per_client: u32, total: u32) -> Self {
        Self::under(KeyKind::P256, entries, per_client, total)
    }

    fn under(key: KeyKind, entries: usize, per_client: u32, total: u32) -> Self {
        let folder = tempfile::TempDir::new().unwrap();
        let start = clock::now();
        let mut plan = InitPlan::new("Leaf tests");
        plan.key = key;
        plan.exclude_domains = vec![HostName::from_wire("excluded.test").unwrap()];
        init(&folder.path().join("ca"), &plan, start).unwrap();
        let issuer = Issuer::load(&folder.path().join("ca"), None, start).unwrap();
        let terms = LeafTerms { lifetime: 7 * DAY, backdate: 2 * DAY, crl_url: None };
        let total = NonZeroU32::new(total).unwrap();
        let limits = MintLimits::new(NonZeroU32::new(per_client).unwrap(), total);
        let entries = NonZeroUsize::new(entries).unwrap();
        let leaves = Leaves::new(Arc::new(issuer), terms, entries, limits);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        Self { leaves, runtime, start }
    }

    /// The leaf and where it came from, some days after the start.
    fn get(&self, host: &str, days: f64) -> Result<(Vec<u8>, From), LeafError> {
        self.get_for(CLIENT, host, days)
    }

    fn get_for(&self, client: IpAddr, host: &str, days: f64) -> Result<(Vec<u8>, From), LeafError> {
        let host: Host = host.parse().unwrap();
        let now = self.start.plus(DAY.mul_f64(days));
        let got = self.leaves.get(&host, LeafKind::Ecdsa, client, now);
        self.runtime.block_on(got).map(|(shown, from)| (shown.cert[0].to_vec(), from))
    }

    fn from(&self, host: &str, days: f64) -> From {
        self.get(host, days).unwrap().1
    }
}

#[test]
fn a_leaf_is_renewed_in_the_second_half_of_its_life() {
    let cache = Cache::new(10, 100);
    let (first, from) = cache.get("a.test", 0.0).unwrap();
    assert_eq!(from, From::Minted);
    assert_eq!(cache.get("a.test", 3.4).unwrap(), (first.clone(), From::Cache));
    let (second, from) = cache.get("a.test", 3.6).unwrap();
    assert_eq!(from, From::Minted);
    assert_ne!(second, first);
    assert_eq!(cache.get("a.test", 3.7).unwrap(), (second, From::Cache));
}

#[test]
fn an_ended_leaf_is_never_shown() {
    let cache = Cache::new(10, 100);
    let (first, _) = cache.get("a.test", 0.0).unwrap();
    let (second, from) = cache.get("a.test", 8.0).unwrap();
    assert_eq!((from, second == first), (From::Minted, false));
}

#[test]
fn a_leaf_from_before_the_clock_was_set_back_is_not_shown() {
    let cache = Cache::new(10, 100);
    let (first, _) = cache.get("a.test", 300.0).unwrap();
    let (second, from) = cache.get("a.test", 1.0).unwrap();
    assert_eq!((from, second == first), (From::Minted, false));
    // By less than leaves are backdated.
    assert_eq!(cache.get("a.test", 0.5).unwrap(), (second, From::Cache));
}

#[test]
fn while_a_renewal_fails_the_old_leaf_serves() {
    // One mint is all that the client has.
    let cache = Cache::new(10, 1);
    let (first, _) = cache.get("a.test", 0.0).unwrap();
    assert_eq!(cache.get("a.test", 4.0).unwrap(), (first, From::Cache));
    assert!(matches!(cache.get("a.test", 8.0), Err(LeafError::TooMany(_))), "it ended");
}

/// A signature of RSA is made on another thread, and who waits for it may leave.
#[test]
fn a_renewal_that_nobody_waits_for_is_begun_again() {
    let cache = Cache::under(KeyKind::Rsa2048, 10, 100, 1000);
    let (first, _) = cache.get("a.test", 0.0).unwrap();
    let host: Host = "a.test".parse().unwrap();
    let now = cache.start.plus(DAY * 4);
    // Its one thread for signatures is held, so that none is there at once.
    let mut busy = tokio::runtime::Builder::new_current_thread();
    let busy = busy.max_blocking_threads(1).enable_all().build().unwrap();
    let (free, held) = std::sync::mpsc::channel::<()>();
    busy.spawn_blocking(move || held.recv());
    {
        let _runtime = busy.enter();
        let mut left = Box::pin(cache.leaves.get(&host, LeafKind::Ecdsa, CLIENT, now));
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(left.as_mut().poll(&mut cx).is_pending(), "it did not have to wait");
    }
    drop(free);
    let (second, from) = cache.get("a.test", 4.0).unwrap();
    assert_eq!((from, second == first), (From::Minted, false));
}

#[test]
fn a_failure_is_not_cached_and_takes_no_place() {
    let cache = Cache::new(10, 2);
    for _ in 0..2 {
        // An excluded name fails each time anew.
        assert!(matches!(cache.get("www.excluded.test", 0.0), Err(LeafError::Mint(_))));
    }
    assert!(matches!(cache.get("b.test", 0.0), Err(LeafError::TooMany(_))));
    let other = Cache::new(10, 100);
    assert!(other.get("www.excluded.test", 0.0).is_err());
    assert_eq!(other.from("fine.test", 0.0), From::Minted);
}

#[test]
fn the_cache_is_bounded_and_the_least_used_goes_first() {
    let cache = Cache::new(2, 100);
    for host in ["a.test", "b.test"] {
        assert_eq!(cache.from(host, 0.0), From::Minted);
    }
    assert_eq!(cache.from("a.test", 0.0), From::Cache);
    assert_eq!(cache.from("c.test", 0.0), From::Minted);
    assert_eq!(cache.from("a.test", 0.0), From::Cache);
    assert_eq!(cache.from("b.test", 0.0), From::Minted, "b went when c came");
}

/// Names that nobody asks for twice, from ever new clients.
fn flood(cache: &Cache, names: u16) -> u16 {
    let mut minted = 0;
    for number in 0..names {
        let [high, low] = number.to_be_bytes();
        let stranger = IpAddr::from([10, 66, high, low]);
        minted += u16::from(cache.get_for(stranger, &format!("n{number}.flood.test"), 0.0).is_ok());
    }
    minted
}

#[test]
fn a_flood_of_names_pushes_out_nothing_that_was_used_again() {
    let cache = Cache::new(50, 100);
    let hosts: Vec<_> = (0..20).map(|number| format!("own{number}.test")).collect();
    for wanted in [From::Minted, From::Cache] {
        assert!(hosts.iter().all(|host| cache.from(host, 0.0) == wanted));
    }
    assert_eq!(flood(&cache, 500), 500);
    assert!(hosts.iter().all(|host| cache.from(host, 0.0) == From::Cache));
    assert_eq!(cache.leaves.kept(), (50, 50));
    // What is protected makes room as well, for what is used more.
    for number in 0..60 {
        for _ in 0..2 {
            cache.get(&format!("new{number}.test"), 0.0).unwrap();
        }
    }
    assert_eq!(cache.from(&hosts[0], 0.0), From::Minted);
    assert_eq!(cache.leaves.kept(), (50, 50));
}

#[test]
fn strangers_do_not_use_up_what_known_clients_need() {
    let cache = Cache::with_total(1000, 100, 40);
    cache.leaves.know(CLIENT);
    let asked = 400;
    assert!(flood(&cache, asked) < asked, "nobody was refused");
    for number in 0..8 {
        assert_eq!(cache.from(&format!("own{number}.test"), 0.0), From::Minted);
    }
    let stranger = IpAddr::from([10, 77, 0, 1]);
    let refused = (0..40).any(|number| {
        let host = format!("other{number}.test");
        matches!(cache.get_for(stranger, &host, 0.0), Err(LeafError::TooMany(_)))
    });
    assert!(refused);
}

#[test]
fn a_swarm_costs_one_mint_also_at_a_renewal() {
    let cache = Cache::new(10, 100);
    for days in [0.0, 4.0, 20.0] {
        let host: Host = "a.test".parse().unwrap();
        let now = cache.start.plus(DAY.mul_f64(days));
        let minted = cache.runtime.block_on(async {
            let visits = (0..200).map(|_| cache.leaves.get(&host, LeafKind::Ecdsa, CLIENT, now));
            let mut minted = 0;
            for visit in futures_of(visits.collect()).await {
                minted += usize::from(visit.expect("a visit never fails").1 == From::Minted);
            }
            minted
        });
        assert_eq!(minted, 1, "after {days} days");
    }
}

/// Polls all at once, in turn, until each is done.
async fn futures_of<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut pending: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|cx| {
        let mut done = true;
        for (future, output) in &mut pending {
            if output.is_none() {
                match future.as_mut().poll(cx) {
                    std::task::Poll::Ready(ready) => *output = Some(ready),
                    std::task::Poll::Pending => done = false,
                }
            }
        }
        if done { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    pending.into_iter().filter_map(|(_, output)| output).collect()
}
