//! The catalogue as a whole: built in, or with a user's own files; look-ups by id.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::builtin::{BUCKETS_FILE, CLASS_FILES};
use crate::check::{self, Draft};
use crate::load;
use crate::model::{Bucket, ClassFile, CloudName, Expectation, Journey, Mode, Names, Operation};
use crate::problem::{CatalogError, Problem};
use crate::source::Source;

/// The most files that one catalogue is made of.
pub const CATALOG_FILES_MAX: usize = 256;

/// Operations, journeys and buckets that belong together and were checked together. Cheap to clone.
#[derive(Clone)]
pub struct Catalog {
    inner: Arc<Inner>,
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (operations, journeys) = (self.operations().len(), self.journeys().len());
        f.debug_struct("Catalog").field("operations", &operations).field("journeys", &journeys).finish_non_exhaustive()
    }
}

/// A group of operations that an account can select by name.
#[derive(Clone, Debug)]
pub struct Class {
    /// Its id (`mail`).
    pub id: Arc<str>,
    /// Its names.
    pub names: Names,
    /// Left out of `all`.
    pub opt_in: bool,
}

struct Inner {
    sources: Vec<Source>,
    classes: Vec<Arc<Class>>,
    operations: Vec<Arc<Operation>>,
    operation_numbers: BTreeMap<Arc<str>, usize>,
    journeys: Vec<Arc<Journey>>,
    buckets: Vec<Arc<Bucket>>,
}

impl Catalog {
    /// The catalogue that graphbeat carries. It was checked when graphbeat was built.
    ///
    /// # Errors
    ///
    /// Lists what is wrong with it.
    pub fn builtin() -> Result<Self, CatalogError> {
        Self::from_sources(CLASS_FILES.iter().map(|(name, text)| Source::new(name, text)).collect())
    }

    /// This catalogue with more files, each a name and its text, of the same format. A file may add a
    /// class or more operations to a class that exists; ids must be new.
    ///
    /// # Errors
    ///
    /// Lists what is wrong with the files; this catalogue stays as it is.
    pub fn with_files<N: AsRef<str>, T: AsRef<str>>(&self, files: &[(N, T)]) -> Result<Self, CatalogError> {
        let added = files.iter().map(|(name, text)| Source::new(name.as_ref(), text.as_ref()));
        Self::from_sources(self.inner.sources.iter().cloned().chain(added).collect())
    }

    fn from_sources(sources: Vec<Source>) -> Result<Self, CatalogError> {
        let mut problems = Vec::new();
        let buckets = load::buckets(&Source::new(BUCKETS_FILE.0, BUCKETS_FILE.1), &mut problems);
        let files = read(&sources, &mut problems);
        if problems.is_empty() {
            problems = check::check(&Draft { files: &files, buckets: &buckets });
        }
        if problems.is_empty() { Ok(Self::assemble(sources, files, buckets)) } else { Err(CatalogError { problems }) }
    }

    fn assemble(sources: Vec<Source>, files: Vec<(Source, ClassFile)>, buckets: Vec<Bucket>) -> Self {
        let mut inner = Inner {
            sources,
            classes: Vec::new(),
            operations: Vec::new(),
            operation_numbers: BTreeMap::new(),
            journeys: Vec::new(),
            buckets: buckets.into_iter().map(Arc::new).collect(),
        };
        for (_, file) in files {
            inner.add(file);
        }
        Self { inner: Arc::new(inner) }
    }

    /// One operation.
    #[must_use]
    pub fn operation(&self, id: &str) -> Option<&Arc<Operation>> {
        self.inner.operation_numbers.get(id).map(|number| &self.inner.operations[*number])
    }

    /// One class.
    #[must_use]
    pub fn class(&self, id: &str) -> Option<&Arc<Class>> {
        self.inner.classes.iter().find(|class| &*class.id == id)
    }

    /// One journey.
    #[must_use]
    pub fn journey(&self, id: &str) -> Option<&Arc<Journey>> {
        self.inner.journeys.iter().find(|journey| &*journey.id == id)
    }

    /// One throttling bucket.
    #[must_use]
    pub fn bucket(&self, id: &str) -> Option<&Arc<Bucket>> {
        self.inner.buckets.iter().find(|bucket| &*bucket.id == id)
    }

    /// All operations, in the order of the files.
    #[must_use]
    pub fn operations(&self) -> &[Arc<Operation>] {
        &self.inner.operations
    }

    /// All journeys, in the order of the files.
    #[must_use]
    pub fn journeys(&self) -> &[Arc<Journey>] {
        &self.inner.journeys
    }

    /// All classes, in the order of the files.
    #[must_use]
    pub fn classes(&self) -> &[Arc<Class>] {
        &self.inner.classes
    }

    /// All throttling buckets.
    #[must_use]
    pub fn buckets(&self) -> &[Arc<Bucket>] {
        &self.inner.buckets
    }

    /// All operations that a journey may send, each once.
    #[must_use]
    pub fn journey_operations(&self, journey: &Journey) -> Vec<Arc<Operation>> {
        let mut found: Vec<Arc<Operation>> = Vec::new();
        for operation in journey.operation_ids().filter_map(|id| self.operation(id)) {
            if !found.iter().any(|known| known.id == operation.id) {
                found.push(Arc::clone(operation));
            }
        }
        found
    }

    /// The services that a licence can include, as operations name them.
    #[must_use]
    pub const fn licenses() -> &'static [&'static str] {
        &check::LICENSES
    }

    /// Whether every operation of a journey can be sent in this mode and cloud.
    #[must_use]
    pub fn journey_runs(&self, journey: &Journey, mode: Mode, cloud: Option<CloudName>) -> bool {
        self.journey_operations(journey).iter().all(|operation| operation.runs_as(mode) && operation.runs_in(cloud))
    }
}

impl Inner {
    fn add(&mut self, file: ClassFile) {
        let id: Arc<str> = file.class.into();
        if !self.classes.iter().any(|class| class.id == id) {
            self.classes.push(Arc::new(Class { id, names: file.names, opt_in: file.opt_in }));
        }
        for operation in file.operations {
            self.operation_numbers.insert(Arc::clone(&operation.id), self.operations.len());
            self.operations.push(Arc::new(with_expectations(operation, &file.expect)));
        }
        self.journeys.extend(file.journeys.into_iter().map(Arc::new));
    }
}

/// The operation's own expectations first: they are the more exact ones.
fn with_expectations(mut operation: Operation, of_the_class: &[Expectation]) -> Operation {
    operation.expect.extend_from_slice(of_the_class);
    operation
}

fn read(sources: &[Source], problems: &mut Vec<Problem>) -> Vec<(Source, ClassFile)> {
    if let Some(source) = sources.get(CATALOG_FILES_MAX) {
        problems.push(source.problem_at(0, format!("the catalogue has more than {CATALOG_FILES_MAX} files"), None));
        return Vec::new();
    }
    sources.iter().filter_map(|source| Some((source.clone(), load::class_file(source, problems)?))).collect()
}
