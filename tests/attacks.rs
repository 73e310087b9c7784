//! Attacks while a person visits; `support/attack.rs` says what must hold under each, and how to measure it.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use crate::support::attack::{
    Attacker, Visitor, measured, overcome, request, server_in, under, under_with, until_end,
    with_tool,
};
use crate::support::frames::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PING, RST_STREAM, SETTINGS, frame,
};
use crate::support::server::{Blockhouse, CONFIG, folder_with_root};
use crate::support::tls::{dial_from, get, get_over, trusting};

#[test]
fn slow_hellos() {
    under(0, |attacker| {
        let held: Vec<_> = (0..90).filter_map(|_| attacker.dial().ok()).collect();
        for mut stream in held {
            // The type of a record, and then nothing.
            let _ = stream.write_all(&[0x16, 3, 1]);
            until_end(&mut stream);
        }
    });
}

/// Connections of which half is there: one side says nothing, or is done before it has said anything whole.
#[test]
fn half_open_connections() {
    under(0, |attacker| {
        let held: Vec<_> = (0..90).filter_map(|_| attacker.dial().ok()).collect();
        for (number, mut stream) in held.into_iter().enumerate() {
            if number % 2 == 0 {
                let _ = stream.write_all(&[0x16, 3, 1, 2]);
                let _ = stream.shutdown(std::net::Shutdown::Write);
            }
            until_end(&mut stream);
        }
    });
}

#[test]
fn slow_heads() {
    under(0, |attacker| {
        let held = (0..20).filter_map(|_| attacker.tls("blocked.test", &[]).ok());
        for mut stream in held.collect::<Vec<_>>() {
            let _ = stream.write_all(b"GET / HT");
            until_end(&mut stream);
        }
    });
}

#[test]
fn clients_that_do_not_read() {
    let requests = "GET /x.css HTTP/1.1\r\nHost: blocked.test\r\n\r\n".repeat(100);
    under(0, |attacker| {
        let Ok(mut stream) = attacker.tls("blocked.test", &[]) else { return };
        while stream.write_all(requests.as_bytes()).is_ok() {}
    });
}

/// Where it is measured, a million of them.
#[test]
fn a_flood_of_names() {
    let (began, hello, next) = (Instant::now(), OnceLock::new(), AtomicU64::new(0));
    let server = under(1_000_000, |attacker| {
        // The same hello with another name.
        let mut hello = hello.get_or_init(|| attacker.hello("n0000000.flood.test")).clone();
        let at = hello.windows(8).position(|name| name == b"n0000000").unwrap();
        let digits = format!("{:07}", next.fetch_add(1, Ordering::Relaxed) % 10_000_000);
        hello[at + 1..at + 8].copy_from_slice(digits.as_bytes());
        if let Ok(mut stream) = attacker.dial() {
            let _ = stream.write_all(&hello);
            // A certificate, or an alert.
            let _ = stream.read(&mut [0; 4096]);
        }
    });
    // What one client may have minted per minute, and what may come at once, bound it.
    let minutes = began.elapsed().as_secs() / 60;
    assert!(server.metric("blockhouse_leaves_kept") < 300 * (minutes + 3));
}

/// New names without end from very many addresses, more than are minted for everybody, while a person goes on
/// to visit hosts that were visited before, and two more.
#[test]
fn a_flood_of_very_many_names() {
    let text = CONFIG.replace("[listen]", "[listen]\nmonitor = [\"127.0.0.1:0\"]");
    let limits =
        "[leaf]\ncache = 100\n[limits]\nmints_total = 40\nhandshake = \"2s\"\nidle = \"2s\"\n";
    let server = Blockhouse::with(&format!("{text}\n{limits}"));
    let person = Visitor::new(&server);
    let visit = |number: usize| person.visit(&format!("own{number}.blocked.test"));
    for number in (0..8).chain(0..8) {
        visit(number).unwrap();
    }
    let (stop, refused) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for thread in 0..2_u32 {
            let (stop, refused, person) = (&stop, &refused, &person);
            scope.spawn(move || {
                for number in 0_u32.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let [_, _, high, low] = number.to_be_bytes();
                    let from = [127, 67 + thread as u8, high, low].into();
                    let name = format!("n{thread}-{number}.flood.test");
                    let Ok(socket) = dial_from(from, person.to) else { continue };
                    // Who is refused gets an alert and no certificate.
                    if let Err(error) = get_over(&person.config, socket, &name)
                        && error.to_string().contains("alert")
                    {
                        refused.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        while refused.load(Ordering::Relaxed) < 50 {
            std::thread::yield_now();
        }
        let visits: Vec<_> = (0..100).map(|number| visit(number % 10)).collect();
        stop.store(true, Ordering::Relaxed);
        for (number, answer) in visits.into_iter().enumerate() {
            let answer = answer.unwrap_or_else(|error| panic!("visit {number}: {error}"));
            assert!(answer.starts_with("HTTP/1.1 200"), "visit {number}: {answer}");
        }
    });
    overcome(&server);
}

#[test]
fn a_flood_of_handshakes() {
    under(0, |attacker| drop(attacker.tls("blocked.test", &[])));
}

/// Requests whose answers may not come, since the window for them stays shut (RFC 9113 section 6.9.2).
#[test]
fn windows_that_stay_shut() {
    let shut = frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0]);
    under(0, |attacker| {
        let held: Vec<_> = (0..20)
            .filter_map(|_| {
                let mut stream = attacker.h2().ok()?;
                stream.write_all(&shut).ok()?;
                for number in 0..100 {
                    let flags = END_HEADERS | END_STREAM;
                    stream.write_all(&frame(HEADERS, flags, 2 * number + 3, &request())).ok()?;
                }
                Some(stream)
            })
            .collect();
        for mut stream in held {
            until_end(&mut stream);
        }
    });
}

#[test]
fn streams_that_are_reset_at_once() {
    under(0, |attacker| {
        let Ok(mut stream) = attacker.h2() else { return };
        let mut number = 1;
        loop {
            let mut burst = Vec::new();
            for _ in 0..100 {
                burst.extend(frame(HEADERS, END_HEADERS | END_STREAM, number, &request()));
                burst.extend(frame(RST_STREAM, 0, number, &8_u32.to_be_bytes()));
                number += 2;
            }
            if stream.write_all(&burst).is_err() || number > 200_000 || !attacker.goes_on() {
                return;
            }
        }
    });
}

#[test]
fn heads_that_never_end() {
    under(0, |attacker| {
        let Ok(mut stream) = attacker.h2() else { return };
        if stream.write_all(&frame(HEADERS, END_STREAM, 1, &request())).is_err() {
            return;
        }
        // A field of a kilobyte, again and again (RFC 7541 section 6.2.2).
        let field = [&[0, 1, b'x', 0x7f, 0xe9, 6][..], &[b'y'; 1000]].concat();
        for _ in 0..100_000 {
            let sent = stream.write_all(&frame(CONTINUATION, 0, 1, &field));
            if sent.is_err() || !attacker.goes_on() {
                return;
            }
        }
        panic!("a hundred megabytes of one head were taken");
    });
}

#[test]
fn floods_of_pings_and_settings() {
    for burst in [
        frame(PING, 0, 0, &[7; 8]).repeat(200),
        frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 9]).repeat(200),
    ] {
        under(0, |attacker| {
            let Ok(mut stream) = attacker.h2() else { return };
            // None of the answers is read.
            while stream.write_all(&burst).is_ok() && attacker.goes_on() {}
        });
    }
}

#[test]
fn heads_and_cookies_that_are_too_large() {
    let field = format!("Cookie: {}\r\n", "a=b; ".repeat(12_000));
    under(0, |attacker| {
        let Ok(mut stream) = attacker.tls("blocked.test", &[]) else { return };
        let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: blocked.test\r\n");
        for _ in 0..50 {
            if stream.write_all(field.as_bytes()).is_err() {
                break;
            }
        }
        until_end(&mut stream);
    });
}

#[test]
fn garbage_and_records_that_are_too_large() {
    under(0, |attacker| {
        let octet = u8::try_from(attacker.rounds() % 256).unwrap();
        for start in [&[0x16, 3, 1, 0xff, 0xff][..], &[0x80, 0xff], &[octet, 0], b"SSH-2.0-x\r\n"] {
            let Ok(mut stream) = attacker.dial() else { return };
            let garbage: Vec<u8> =
                (0..40_000_u32).map(|n| (n * 31 + u32::from(octet)) as u8).collect();
            let _ = stream.write_all(start);
            let _ = stream.write_all(&garbage);
            until_end(&mut stream);
        }
    });
}

#[test]
fn renegotiation_is_refused() {
    let refused = AtomicU64::new(0);
    under(0, |attacker| {
        let mut child = Command::new("openssl")
            .args(["s_client", "-tls1_2", "-servername", "blocked.test", "-connect"])
            .arg(attacker.to.to_string())
            .args(["-bind", &attacker.from.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(b"R\n").unwrap();
        let output = child.wait_with_output().unwrap();
        drop(input);
        let said = String::from_utf8_lossy(&output.stderr);
        // Where processors are busy its time for a request may end before.
        refused.fetch_add(u64::from(said.contains("no renegotiation")), Ordering::Relaxed);
    });
    assert!(refused.into_inner() > 0);
}

/// Requests without end, sent without waiting for answers, and events that nobody takes: the queue fills, they are
/// counted, and pages go on; and the server still ends.
#[test]
fn a_flood_of_requests_and_events() {
    let folder = folder_with_root(&[]);
    let pipe = folder.path().join("events.pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // Held open and never read.
    let _held = std::fs::OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
    let events = format!("[events]\nfile = \"{}\"\n", pipe.display());
    let burst = "GET /x.css HTTP/1.1\r\nHost: blocked.test\r\n\r\n".repeat(50);
    let server = under_with(
        || server_in(folder, &events),
        0,
        |attacker| {
            let Ok(mut stream) = attacker.tls("blocked.test", &[]) else { return };
            while attacker.goes_on() && stream.write_all(burst.as_bytes()).is_ok() {
                let (mut answers, mut some) = (Vec::new(), [0; 64 * 1024]);
                while answers.windows(9).filter(|word| word == b"HTTP/1.1 ").count() < 50 {
                    match stream.read(&mut some) {
                        Ok(count @ 1..) => answers.extend_from_slice(&some[..count]),
                        _ => return,
                    }
                }
            }
        },
    );
    let mut stream = TcpStream::connect(server.http()[0]).unwrap();
    let mut answers = [0; 64 * 1024];
    while server.metric("blockhouse_events_dropped_total") == 0 {
        stream.write_all(burst.as_bytes()).unwrap();
        assert!(stream.read(&mut answers).unwrap() > 0);
    }
    let config = Arc::new(trusting(&server.root()));
    let answer = get(&config, server.https()[0], "blocked.test").unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    server.stop();
}

#[test]
fn slowhttptest_slows_nobody() {
    let modes: [&[&str]; 4] = [
        &["-H", "-i", "1"],
        &["-B", "-i", "1", "-s", "8192"],
        &["-R", "-a", "1", "-b", "3000"],
        &["-X", "-k", "3", "-w", "1", "-y", "16", "-z", "4"],
    ];
    for mode in modes {
        let url = "https://{https}/x.css";
        let bounds = ["-u", url, "-c", "150", "-r", "100", "-l", "6", "-p", "5"];
        let output = with_tool("slowhttptest", &[mode, &bounds].concat());
        let said = String::from_utf8_lossy(&output.stdout);
        // It asks by itself whether the server is there for others.
        assert!(said.contains("service available"), "{mode:?}: {said}");
        assert!(!said.contains("NO"), "{mode:?}: {said}");
    }
}

#[test]
fn h2load_slows_nobody() {
    let url = "https://blocked.test/x.css";
    // About what a processor answers in the time.
    let asked = measured().map_or(6_000, |time| 80_000 * time.as_secs()).to_string();
    let options = ["-n", &asked, "-c", "60", "-m", "32", "--connect-to", "{https}", url];
    let output = with_tool("h2load", &options);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains(&format!("{asked} succeeded, 0 failed, 0 errored")), "{said}");
}

/// A hundred pages, from the static table, with `accept: text/html` and what else there is.
fn ask_for_pages(stream: &mut impl Write, flags: u8, more: &[u8]) -> io::Result<()> {
    let page = [&[0x82, 0x87, 0x84, 1, 12][..], b"blocked.test", &[0x0f, 4, 9], b"text/html", more];
    for number in 0..100 {
        stream.write_all(&frame(HEADERS, flags, 2 * number + 3, &page.concat()))?;
    }
    Ok(())
}

/// Ends the hundred requests.
fn end_them(stream: &mut impl Write) -> io::Result<()> {
    (0..100).try_for_each(|number| stream.write_all(&frame(DATA, END_STREAM, 2 * number + 3, &[])))
}

/// A literal field that goes to the table (RFC 7541 section 6.2.1).
fn kept_field(number: u8) -> Vec<u8> {
    [&[0x40, 3, b'x'][..], format!("{number:02x}").as_bytes(), &[0]].concat()
}

/// A literal field that does not (RFC 7541 section 6.2.2), with a value of 400 octets.
fn long_field(number: u8) -> Vec<u8> {
    // 400 is 127 + 273, and 273 is 17 + 2 * 128.
    let head = [&[0, 3, b'x'][..], format!("{number:02x}").as_bytes(), &[0x7f, 0x91, 2]].concat();
    [head, vec![b'v'; 400]].concat()
}

#[test]
fn few_answers_are_kept_for_who_does_not_take_them() {
    let text = CONFIG.replace("[cookies]", "[cookies]\nblock_page = \"optional\"");
    let server = Blockhouse::with(&format!("{text}\n[limits]\nidle = \"1s\"\n"));
    let config = Arc::new(trusting(&server.root()));
    let attacker = Attacker::new(server.https()[0], [127, 66, 6, 6], &config);
    let mut stream = attacker.h2().unwrap();
    stream.write_all(&frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0])).unwrap();
    ask_for_pages(&mut stream, END_HEADERS | END_STREAM, &[]).unwrap();
    let (mut said, mut some) = (Vec::new(), [0; 16 * 1024]);
    while let Ok(count @ 1..) = stream.read(&mut some) {
        said.extend_from_slice(&some[..count]);
    }
    // By its heads it is seen how many answers were made before the connection ended.
    let (mut rest, mut heads) = (&said[..], 0);
    while let Some((head, after)) = rest.split_at_checked(9) {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        heads += usize::from(head[3] == HEADERS);
        rest = after.get(length..).unwrap_or_default();
    }
    // A few more where several requests look at the same moment whether there is room.
    assert!((8..=16).contains(&heads), "{heads} answers");
}

/// What GUIDE.md says of memory, on a server with nearly as many connections as it may have; a full one would
/// end those that are idle.
#[test]
fn a_connection_takes_no_more_memory_than_is_said() {
    const HELD: usize = 350;
    let text = CONFIG.replace("[listen]", "[listen]\nmonitor = [\"127.0.0.1:0\"]");
    let text = text.replace("[cookies]", "[cookies]\nblock_page = \"optional\"");
    let limits = "[limits]\nconnections = 400\nidle = \"1h\"\nhandshake = \"1h\"\n";
    let server = Blockhouse::with(&format!("{text}\n{limits}"));
    let person = Visitor::new(&server);
    let attacker = |number: usize| {
        Attacker::new(person.to, [127, 66, 3, 1 + (number % 20) as u8], &person.config)
    };
    // Memory that was given back stays with the process, so that each figure is of the most so far.
    person.visits().unwrap();
    let before = server.memory("VmRSS:");
    let per_connection = |open: &dyn Fn(&Attacker) -> io::Result<Box<dyn Read>>| {
        let held: Vec<_> = (0..HELD).map(|number| open(&attacker(number)).unwrap()).collect();
        // Who comes now is served after all of them have come.
        person.visits().unwrap();
        let after = server.memory("VmRSS:");
        drop(held);
        after.saturating_sub(before) as f64 / HELD as f64
    };
    let idle = per_connection(&|attacker| {
        let mut stream = attacker.tls("blocked.test", &[])?;
        stream.write_all(b"GET /x.css HTTP/1.1\r\nHost: blocked.test\r\n\r\n")?;
        assert!(stream.read(&mut [0; 4096])? > 0);
        Ok(Box::new(stream))
    });
    let greeting = per_connection(&|attacker| {
        // All but the end of the longest hello.
        let hello = [&[22, 3, 1, 0x3f, 0xfb, 1, 0, 0x3f, 0xf7][..], &[7; 16_000]].concat();
        let mut stream = attacker.dial()?;
        stream.write_all(&hello)?;
        Ok(Box::new(stream))
    });
    // Whose window is shut, and who asks all the same.
    let asks = |attacker: &Attacker, ask: &dyn Fn(&mut dyn Write) -> io::Result<()>| {
        let mut stream = attacker.h2()?;
        stream.write_all(&frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0]))?;
        ask(&mut stream)?;
        // The head of an answer, at the least.
        assert!(stream.read(&mut [0; 4096])? > 0);
        let held: Box<dyn Read> = Box::new(stream);
        Ok(held)
    };
    let whole = END_HEADERS | END_STREAM;
    let shut =
        per_connection(&|attacker| asks(attacker, &|mut to| ask_for_pages(&mut to, whole, &[])));
    // The requests that wait have long heads, or heads of one octet for each field.
    let long: Vec<u8> = (0..36).flat_map(long_field).collect();
    let long =
        per_connection(&|attacker| asks(attacker, &|mut to| ask_for_pages(&mut to, whole, &long)));
    let kept: Vec<u8> = (0..80).flat_map(kept_field).collect();
    let many = |fields: usize| {
        let (kept, named) = (&kept, vec![0xbe; fields]);
        per_connection(&|attacker| {
            asks(attacker, &|mut to| {
                let first = [&request()[..], kept].concat();
                to.write_all(&frame(HEADERS, whole, 1, &first))?;
                ask_for_pages(&mut to, whole, &named)
            })
        })
    };
    let (many, most) = (many(240), many(1_700));
    // The requests end when all of them have begun.
    let late = per_connection(&|attacker| {
        asks(attacker, &|mut to| {
            ask_for_pages(&mut to, END_HEADERS, &[])?;
            end_them(&mut to)
        })
    });
    let said = format!(
        "KiB: {idle:.1} idle, {greeting:.1} in hellos; with answers left {shut:.1}, {long:.1} of long heads, \
         {many:.1} and {most:.1} of many fields, {late:.1} ended late"
    );
    let _ = writeln!(io::stderr(), "{said}");
    assert!(idle < 80.0 && greeting < 96.0, "{said}");
    assert!([shut, long, many, most, late].iter().all(|each| *each < 1280.0), "{said}");
}
