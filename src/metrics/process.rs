//! What the system says of this process (Linux).

use std::fs;
use std::sync::atomic::AtomicU64;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use rustix::time::{ClockId, clock_gettime};

use crate::clock::Time;

/// The usual names of the field; what the system does not tell is left out.
#[expect(clippy::cast_precision_loss, reason = "sizes stay far below 2^52")]
pub(super) fn registry(started: Time) -> Registry {
    let mut registry = Registry::with_prefix("process");
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    let cpu = Counter::<f64, AtomicU64>::default();
    cpu.inc_by(spent.tv_sec as f64 + spent.tv_nsec as f64 / 1e9);
    registry.register("cpu_seconds", "Processor time, of the system and its own", cpu);
    let mut gauge = |name: &str, help: &str, value: Option<u64>| {
        if let Some(value) = value {
            let gauge = Gauge::<f64, AtomicU64>::default();
            gauge.set(value as f64);
            registry.register(name, help, gauge);
        }
    };
    gauge("resident_memory_bytes", "Resident memory", resident());
    gauge("open_fds", "Open file descriptors", descriptors());
    gauge("max_fds", "File descriptors that may be open", most_descriptors());
    let started = u64::try_from(started.to_offset().unix_timestamp()).ok();
    gauge("start_time_seconds", "When the process began, in seconds since 1970", started);
    registry
}

fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    kib.checked_mul(1024)
}

fn descriptors() -> Option<u64> {
    let open = fs::read_dir("/proc/self/fd").ok()?.count();
    // One of them was for reading the folder.
    u64::try_from(open).ok()?.checked_sub(1)
}

fn most_descriptors() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}
