//! `man`: the manual, one page on stdout or all of them in a directory.

use clap::CommandFactory as _;
use clap_mangen::Man;

use crate::arguments::{Arguments, ManArguments};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

pub(super) fn run(arguments: &ManArguments, context: &Context) -> Result<Exit, Failure> {
    let command = Arguments::command();
    match &arguments.directory {
        None => {
            let mut page = Vec::new();
            Man::new(command).render(&mut page)?;
            context.printer.text(&String::from_utf8_lossy(&page))?;
        }
        Some(directory) => {
            let written =
                std::fs::create_dir_all(directory).and_then(|()| clap_mangen::generate_to(command, directory));
            written.map_err(|error| {
                Failure::new(Exit::Usage, format_args!("could not write into `{}` ({error})", directory.display()))
                    .hint("name a directory that you may write to")
            })?;
        }
    }
    Ok(Exit::Ok)
}
