//! The query options of OData, as far as Graph's clients use them: reading them from a query string,
//! and judging entities by them. Pure: no tenant, no request.

mod compare;
mod filter;
mod lexer;
mod parser;
mod query;

pub(crate) use compare::compare;
pub(crate) use query::{Direction, Order, Query};
