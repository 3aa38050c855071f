//! Graph as a client sees it, in process: request in, answer out.

mod classes;
mod command_lines;
mod files;
mod hostile;
mod notes;
mod outlook;
mod parity;
mod permissions;
mod relations;
mod series;
mod shape;
mod support;
mod tools;
mod tour;
mod walking;
mod work;
