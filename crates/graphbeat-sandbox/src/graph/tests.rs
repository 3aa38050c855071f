//! Graph as a client sees it, in process: request in, answer out.

mod classes;
mod hostile;
mod permissions;
mod support;
mod walking;
