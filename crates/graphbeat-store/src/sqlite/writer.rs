//! The one thread that writes: it takes what is queued, commits it as a group, and only then says so.
//!
//! A group of calls and remarks alone is written without a sync (the flight file and the log cover the death of the
//! process); a group with anything that was promised to be durable is synced. Nobody waits for a call's
//! row, so the thread lets some more come before it writes: a commit costs as much as several rows.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{Builder, JoinHandle, park_timeout};
use std::time::Duration;

use graphbeat_core::Call;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;

use super::calls::CallWriter;
use super::failure::{failed, is_of_database};
use crate::{FlightFile, StoreError};

/// Calls and changes that wait for the writer; more make their senders wait.
const QUEUE_MAX: usize = 4_096;
/// Rows in one transaction.
const GROUP_MAX: usize = 1_000;
/// Rows after which a commit's own cost no longer counts: nothing waits for more.
const GATHER_ROWS: usize = 100;
/// How long a call waits for others to be written with; real time.
const GATHER_TIME_MAX: Duration = Duration::from_millis(10);
/// Prepared statements that the writer keeps.
const STATEMENTS_MAX: usize = 64;
/// Pages that the writer keeps, in KiB: an index entry of each of some thousand accounts lies elsewhere.
const PAGES_KIB_MAX: i64 = 8 * 1_024;

/// Something that is not a call, and durable when it is answered.
trait Change: Send {
    /// Makes the change; an error here is the database's, and undoes the whole group.
    fn make(&mut self, connection: &Connection) -> Result<(), StoreError>;
    /// Whether it is on the disk when it is answered; else it outlives the process only.
    fn is_promised(&self) -> bool;
    /// Answers; with what kept it from being committed.
    fn answer(self: Box<Self>, failure: Option<StoreError>);
}

/// Something that is written like a call: nobody waits for it, and it outlives the process only.
type Remark = Box<dyn FnMut(&Connection) -> rusqlite::Result<()> + Send>;

enum Command {
    Append(Box<Call>),
    Remark(Remark),
    Change(Box<dyn Change>),
    Flush(oneshot::Sender<Result<(), StoreError>>),
}

impl Command {
    /// Whether it has to be on the disk when it is answered.
    fn is_promised(&self) -> bool {
        match self {
            Self::Append(_) | Self::Remark(_) => false,
            Self::Change(change) => change.is_promised(),
            Self::Flush(_) => true,
        }
    }

    /// Whether its sender waits until it is written.
    fn is_waited_for(&self) -> bool {
        !matches!(self, Self::Append(_) | Self::Remark(_))
    }
}

/// The queue's end that the store holds.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Mutex<Option<mpsc::Sender<Command>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    failure: Failure,
}

/// The first error of an append or a remark, kept: whoever sent it is no longer listening.
#[derive(Clone, Debug, Default)]
struct Failure(Arc<OnceLock<Arc<StoreError>>>);

impl Failure {
    fn check(&self) -> Result<(), StoreError> {
        self.0.get().map_or(Ok(()), |first| Err(StoreError::Writer(Arc::clone(first))))
    }
}

impl Writer {
    pub(super) fn start(connection: Connection, flight: Option<Arc<FlightFile>>) -> Result<Self, StoreError> {
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        connection.pragma_update(None, "cache_size", -PAGES_KIB_MAX).map_err(failed("open"))?;
        let (queue, commands) = mpsc::channel(QUEUE_MAX);
        let failure = Failure::default();
        let work = Work { connection, calls: CallWriter::default(), flight, failure: failure.clone(), is_synced: true };
        let thread = Builder::new()
            .name("ledger-writer".into())
            .spawn(move || work.run(commands))
            .map_err(|error| StoreError::Database { act: "start the writer of", source: Box::new(error) })?;
        Ok(Self { queue: Mutex::new(Some(queue)), thread: Mutex::new(Some(thread)), failure })
    }

    pub(super) async fn append(&self, call: Call) -> Result<(), StoreError> {
        self.failure.check()?;
        self.send(Command::Append(Box::new(call))).await
    }

    /// Queues a change that is written in turn with the calls; it may run more than once.
    pub(super) async fn remark<Make>(&self, make: Make) -> Result<(), StoreError>
    where
        Make: FnMut(&Connection) -> rusqlite::Result<()> + Send + 'static,
    {
        self.failure.check()?;
        self.send(Command::Remark(Box::new(make))).await
    }

    pub(super) async fn flush(&self) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Command::Flush(answer)).await?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    /// Makes a change and returns when it is on the disk. The change may run more than once.
    pub(super) async fn change<T, Make>(&self, make: Make) -> Result<T, StoreError>
    where
        T: Send + 'static,
        Make: FnMut(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.change_with(make, true).await
    }

    /// A change that other processes see when this returns, and that need not outlive the machine.
    pub(super) async fn claim<T, Make>(&self, mut make: Make) -> Result<T, StoreError>
    where
        T: Send + 'static,
        Make: FnMut(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.change_with(move |connection| make(connection).map_err(failed("write")), false).await
    }

    async fn change_with<T, Make>(&self, make: Make, is_promised: bool) -> Result<T, StoreError>
    where
        T: Send + 'static,
        Make: FnMut(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        self.send(Command::Change(Box::new(ChangeOf { make, outcome: None, is_promised, answer }))).await?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    /// A change that only the database can refuse.
    pub(super) async fn update<T, Make>(&self, mut make: Make) -> Result<T, StoreError>
    where
        T: Send + 'static,
        Make: FnMut(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.change(move |connection| make(connection).map_err(failed("write"))).await
    }

    /// Ends the queue and waits until the thread has written all of it.
    pub(super) async fn close(&self) -> Result<(), StoreError> {
        self.end_queue();
        if let Some(thread) = self.take_thread() {
            let ended = spawn_blocking(move || thread.join()).await;
            if !matches!(ended, Ok(Ok(()))) {
                return Err(StoreError::Closed);
            }
        }
        self.failure.check()
    }

    async fn send(&self, command: Command) -> Result<(), StoreError> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let is_waited_for = command.is_waited_for();
        queue.ok_or(StoreError::Closed)?.send(command).await.map_err(|_| StoreError::Closed)?;
        if is_waited_for {
            self.end_gathering();
        }
        Ok(())
    }

    fn end_queue(&self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.end_gathering();
    }

    fn end_gathering(&self) {
        if let Some(thread) = &*self.thread.lock().unwrap_or_else(PoisonError::into_inner) {
            thread.thread().unpark();
        }
    }

    fn take_thread(&self) -> Option<JoinHandle<()>> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.end_queue();
        if let Some(thread) = self.take_thread() {
            let _ = thread.join();
        }
    }
}

struct ChangeOf<T, Make> {
    make: Make,
    outcome: Option<Result<T, StoreError>>,
    is_promised: bool,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, Make> Change for ChangeOf<T, Make>
where
    T: Send,
    Make: FnMut(&Connection) -> Result<T, StoreError> + Send,
{
    fn make(&mut self, connection: &Connection) -> Result<(), StoreError> {
        match (self.make)(connection) {
            Err(error) if is_of_database(&error) => Err(error),
            outcome => {
                self.outcome = Some(outcome);
                Ok(())
            }
        }
    }

    fn is_promised(&self) -> bool {
        self.is_promised
    }

    fn answer(self: Box<Self>, failure: Option<StoreError>) {
        let outcome = failure.map_or(self.outcome.unwrap_or(Err(StoreError::Closed)), Err);
        // Whoever asked may have gone: the change stands all the same.
        let _ = self.answer.send(outcome);
    }
}

/// The thread's own things.
struct Work {
    connection: Connection,
    calls: CallWriter,
    flight: Option<Arc<FlightFile>>,
    failure: Failure,
    /// Whether everything committed is on the disk.
    is_synced: bool,
}

impl Work {
    fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut group = Vec::with_capacity(GROUP_MAX);
        while let Some(first) = commands.blocking_recv() {
            if !first.is_waited_for() && commands.len() < GATHER_ROWS {
                // Whoever sends what is waited for, or ends the queue, ends this too.
                park_timeout(GATHER_TIME_MAX);
            }
            group.push(first);
            while group.len() < GROUP_MAX
                && let Ok(next) = commands.try_recv()
            {
                group.push(next);
            }
            self.write_group(&mut group);
        }
        if !self.is_synced
            && let Err(error) = self.commit(&mut [], Durability::Disk)
        {
            self.keep_failure(error);
        }
    }

    /// Writes the group; where it fails, each of it alone, so that one bad row takes no other with it.
    fn write_group(&mut self, group: &mut Vec<Command>) {
        let durability = Durability::of(group);
        match self.commit(group, durability) {
            Ok(()) => group.drain(..).for_each(|command| self.settle(command, None)),
            Err(error) if group.len() == 1 => {
                if let Some(command) = group.pop() {
                    self.settle(command, Some(error));
                }
            }
            // Another process holds the database: each of the group alone would wait as long again.
            Err(error @ StoreError::Busy(_)) => {
                let error = Arc::new(error);
                for command in group.drain(..) {
                    self.settle(command, Some(StoreError::Writer(Arc::clone(&error))));
                }
            }
            Err(_) => {
                for command in group.drain(..) {
                    let mut alone = vec![command];
                    self.write_group(&mut alone);
                }
            }
        }
    }

    fn commit(&mut self, group: &mut [Command], durability: Durability) -> Result<(), StoreError> {
        // The level cannot be changed inside a transaction.
        self.connection.execute_batch(durability.pragma()).map_err(failed("write"))?;
        self.connection
            .prepare_cached("BEGIN IMMEDIATE")
            .and_then(|mut begin| begin.execute([]))
            .map_err(failed("write"))?;
        let written = self.write_rows(group).and_then(|()| {
            self.connection.prepare_cached("COMMIT").and_then(|mut commit| commit.execute([])).map_err(failed("write"))
        });
        if let Err(error) = written {
            self.calls.forget();
            if !self.connection.is_autocommit() {
                let _ = self.connection.execute_batch("ROLLBACK");
            }
            return Err(error);
        }
        self.is_synced = is_flush(group);
        Ok(())
    }

    fn write_rows(&mut self, group: &mut [Command]) -> Result<(), StoreError> {
        let mut has_rows = false;
        for command in &mut *group {
            match command {
                Command::Append(call) => self.calls.insert(&self.connection, call)?,
                Command::Remark(make) => make(&self.connection).map_err(failed("write"))?,
                Command::Change(change) => change.make(&self.connection)?,
                Command::Flush(_) => continue,
            }
            has_rows = true;
        }
        self.calls.finish(&self.connection)?;
        // A commit without a change would sync nothing.
        if is_flush(group) && (has_rows || !self.is_synced) {
            let count = self.connection.prepare_cached("UPDATE flushes SET count = count + 1 WHERE id = 1");
            count.and_then(|mut count| count.execute([])).map_err(failed("flush"))?;
        }
        Ok(())
    }

    fn settle(&self, command: Command, failure: Option<StoreError>) {
        match (command, failure) {
            (Command::Append(call), None) => self.land(&call),
            (Command::Remark(_), None) => {}
            (Command::Append(_) | Command::Remark(_), Some(failure)) => self.keep_failure(failure),
            (Command::Change(change), failure) => change.answer(failure),
            (Command::Flush(answer), failure) => {
                let _ = answer.send(failure.map_or_else(|| self.failure.check(), Err));
            }
        }
    }

    fn land(&self, call: &Call) {
        if let Some(flight) = &self.flight
            && let Err(error) = flight.land(call.id)
        {
            // Harmless: at the next start the row is found in the ledger.
            tracing::warn!(call.id = %call.id, error = %error, "a landed request stays in the flight file");
        }
    }

    fn keep_failure(&self, failure: StoreError) {
        let first = match failure {
            StoreError::Writer(first) => first,
            failure => Arc::new(failure),
        };
        if self.failure.0.set(Arc::clone(&first)).is_ok() {
            tracing::error!(error = %graphbeat_base::error_chain(&first), "the ledger lost the ability to write");
        }
    }
}

/// Whether all that was committed before has to reach the disk; the end of the queue is an empty group.
fn is_flush(group: &[Command]) -> bool {
    group.is_empty() || group.iter().any(|command| matches!(command, Command::Flush(_)))
}

/// How safe a group is when it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Durability {
    /// It outlives the process.
    Process,
    /// It outlives the machine.
    Disk,
}

impl Durability {
    fn of(group: &[Command]) -> Self {
        let is_promised = group.iter().any(Command::is_promised);
        if is_promised { Self::Disk } else { Self::Process }
    }

    const fn pragma(self) -> &'static str {
        match self {
            Self::Process => "PRAGMA synchronous = NORMAL",
            Self::Disk => "PRAGMA synchronous = FULL",
        }
    }
}
