//! All routes, class by class.

use super::route::Route;
use super::users;

/// Every class's rows; a new class adds its `ROUTES` here.
const CLASSES: &[&[Route]] = &[users::ROUTES];

/// Every route of the sandbox's Graph.
pub(super) fn routes() -> impl Iterator<Item = &'static Route> {
    CLASSES.iter().copied().flatten()
}
