//! Closed-loop load: every client asks again as soon as it has its answer, until the time is over.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

/// Something that asks and waits for the answer.
pub(crate) trait Ask: Send + 'static {
    fn ask(&mut self) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// What one side did in one round.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// Processor time of the measured side alone, for each request; no number where it is not known.
    pub(crate) cpu_us: f64,
    /// Also those before the clock started.
    pub(crate) answered_in_all: u64,
}

/// Runs the clients for a while. `cpu` tells the processor time that the measured side has used so far.
pub(crate) async fn run<C: Ask>(
    clients: Vec<C>,
    time: Duration,
    cpu: impl Fn() -> anyhow::Result<Duration>,
) -> anyhow::Result<Sample> {
    let mut ready = Vec::with_capacity(clients.len());
    for mut client in clients {
        // Not measured: the first request of a connection pays for the connection.
        client.ask().await?;
        ready.push(client);
    }
    let unmeasured = ready.len() as u64;
    let used = cpu()?;
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for client in ready {
        tasks.spawn(until(begun + time, client));
    }
    let mut micros: Vec<u32> = Vec::new();
    while let Some(done) = tasks.join_next().await {
        micros.extend(done??);
    }
    let took = begun.elapsed();
    let used = cpu()?.saturating_sub(used);
    Sample::of(micros, took, used.as_secs_f64(), unmeasured)
}

impl Sample {
    /// Of how many microseconds each answer took, and of the seconds of processor time that all took.
    pub(crate) fn of(
        mut micros: Vec<u32>,
        took: Duration,
        cpu_seconds: f64,
        unmeasured: u64,
    ) -> anyhow::Result<Self> {
        micros.sort_unstable();
        anyhow::ensure!(!micros.is_empty(), "nothing was answered in time");
        let count = micros.len() as f64;
        let percentile = |share: f64| f64::from(micros[(count * share) as usize]) / 1000.0;
        Ok(Self {
            per_second: count / took.as_secs_f64(),
            p50_ms: percentile(0.50),
            p99_ms: percentile(0.99),
            cpu_us: cpu_seconds * 1e6 / count,
            answered_in_all: micros.len() as u64 + unmeasured,
        })
    }
}

/// Asks until the end, and answers how many microseconds each answer took.
async fn until<C: Ask>(end: Instant, mut client: C) -> anyhow::Result<Vec<u32>> {
    let mut micros = Vec::with_capacity(1 << 12);
    let mut begun = Instant::now();
    while begun < end {
        client.ask().await?;
        let answered = Instant::now();
        micros.push(u32::try_from((answered - begun).as_micros())?);
        begun = answered;
    }
    Ok(micros)
}

/// Fast numbers that nobody can predict the database's pages from; no secrets are made of them.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Lower-case letters, because a run of digits may look like a card number.
    pub(crate) fn letters(&mut self, places: &mut [u8]) {
        for chunk in places.chunks_mut(8) {
            let roll = self.roll().to_le_bytes();
            for (place, byte) in chunk.iter_mut().zip(roll) {
                *place = b'a' + byte % 16;
            }
        }
    }
}
