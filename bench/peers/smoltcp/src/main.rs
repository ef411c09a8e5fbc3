//! Measures smoltcp as the peer of libos's TCP benchmarks: two interfaces in one process on one
//! thread, joined by queues in memory, and an application that really copies its data in and out.
//!
//! `smoltcp-peer MODE SECONDS` prints one line of JSON.

mod host;
mod link;

use std::process::ExitCode;
use std::time::{Duration, Instant as WallClock};

use host::Host;
use link::{LinkOptions, link};
use smoltcp::phy::Medium;
use smoltcp::time::Instant;

const USAGE: &str = "usage: smoltcp-peer bulk-mtu1500|bulk-64k|pingpong-64 SECONDS";
const ETHERNET_HEADER_BYTES: usize = 14;
const CLIENT: u8 = 1;
const SERVER: u8 = 2;

/// The size of each socket buffer and of the application's own buffers, which gave the best figures
/// of 64 KiB to 2 MiB: what is in flight stays in the CPU's second-level cache.
const SOCKET_BUFFER_BYTES: usize = 128 * 1024;
const APPLICATION_BUFFER_BYTES: usize = 32 * 1024;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [mode, seconds] = arguments.as_slice() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let Some(duration) = seconds
        .parse()
        .ok()
        .and_then(|s| Duration::try_from_secs_f64(s).ok())
    else {
        eprintln!("SECONDS must be a positive number, not {seconds:?}\n{USAGE}");
        return ExitCode::from(2);
    };
    let mtu1500 = LinkOptions {
        medium: Medium::Ethernet,
        frame_bytes: ETHERNET_HEADER_BYTES + 1500,
        frames: 64,
        checksums: true,
    };
    let large = LinkOptions {
        frame_bytes: 65535,
        frames: 4,
        checksums: false,
        ..mtu1500
    };
    let (unit, figure) = match mode.as_str() {
        "bulk-mtu1500" => ("gbitPerSecond", bulk(mtu1500, duration)),
        "bulk-64k" => ("gbitPerSecond", bulk(large, duration)),
        "pingpong-64" => ("roundTripsPerSecond", ping_pong(mtu1500, duration)),
        _ => {
            eprintln!("no mode {mode:?}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    println!("{{\"mode\":\"{mode}\",\"{unit}\":{figure:.3}}}");
    ExitCode::SUCCESS
}

/// Two hosts on one cable, with an established connection between them.
struct Pair {
    client: Host,
    server: Host,
    start: WallClock,
}

impl Pair {
    fn connected(options: LinkOptions) -> Pair {
        let (left, right) = link(options);
        let mut client = Host::new(CLIENT, left, options.medium, SOCKET_BUFFER_BYTES);
        let mut server = Host::new(SERVER, right, options.medium, SOCKET_BUFFER_BYTES);
        server.listen();
        client.connect(SERVER);
        let mut pair = Pair {
            client,
            server,
            start: WallClock::now(),
        };
        while !(pair.client.socket().may_send() && pair.server.socket().may_send()) {
            let now = pair.now();
            pair.client.poll(now);
            pair.server.poll(now);
        }
        pair
    }

    fn now(&self) -> Instant {
        Instant::from_micros(self.start.elapsed().as_micros() as i64)
    }
}

/// One direction as fast as it goes. Returns Gbit of payload a second.
fn bulk(options: LinkOptions, duration: Duration) -> f64 {
    let mut pair = Pair::connected(options);
    let source: Vec<u8> = (0..APPLICATION_BUFFER_BYTES)
        .map(|index| index as u8)
        .collect();
    let mut target = vec![0u8; APPLICATION_BUFFER_BYTES];
    let mut received: u64 = 0;
    let started = WallClock::now();
    loop {
        let now = pair.now();
        while pair.client.socket().can_send() {
            pair.client
                .socket()
                .send_slice(&source)
                .expect("open for sending");
        }
        pair.client.poll(now);
        pair.server.poll(now);
        while pair.server.socket().can_recv() {
            let bytes = pair
                .server
                .socket()
                .recv_slice(&mut target)
                .expect("open for receiving");
            std::hint::black_box(&target[..bytes]);
            received += bytes as u64;
        }
        pair.server.poll(now);
        if started.elapsed() >= duration {
            return received as f64 * 8.0 / started.elapsed().as_secs_f64() / 1e9;
        }
    }
}

/// 64 bytes there and 64 bytes back. Returns round trips a second.
fn ping_pong(options: LinkOptions, duration: Duration) -> f64 {
    const MESSAGE_BYTES: usize = 64;
    /// Reading the wall clock for every message would be measured as well.
    const TRIPS_PER_CLOCK: u64 = 64;
    let mut pair = Pair::connected(options);
    let request = [0x5au8; MESSAGE_BYTES];
    let mut message = [0u8; MESSAGE_BYTES];
    let mut trips: u64 = 0;
    let started = WallClock::now();
    while started.elapsed() < duration {
        let now = pair.now();
        for _ in 0..TRIPS_PER_CLOCK {
            pair.client
                .socket()
                .send_slice(&request)
                .expect("open for sending");
            pair.client.poll(now);
            pair.server.poll(now);
            exact(pair.server.socket().recv_slice(&mut message));
            pair.server
                .socket()
                .send_slice(&message)
                .expect("open for sending");
            pair.server.poll(now);
            pair.client.poll(now);
            exact(pair.client.socket().recv_slice(&mut message));
            std::hint::black_box(&message);
        }
        trips += TRIPS_PER_CLOCK;
    }
    trips as f64 / started.elapsed().as_secs_f64()
}

fn exact<E: std::fmt::Debug>(received: Result<usize, E>) {
    assert_eq!(
        received.expect("open for receiving"),
        64,
        "a message arrives whole"
    );
}
