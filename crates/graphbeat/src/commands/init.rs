//! `init`: from nothing to an account whose first check has run. Each step looks at what is there already, so
//! that whoever was interrupted types the same again and goes on.

mod answers;
mod configure;
mod plan;
mod register;

use graphbeat_core::Language;
use uuid::Uuid;

use self::answers::Answers;
use self::plan::Plan;
use crate::arguments::{CheckArguments, InitArguments, InitMode, SignInArguments};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::stop::run_until_stopped;
use crate::texts::say;

/// How far a set-up goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// A registration, consented to, and the account in the configuration.
    Registration,
    /// That, a sign-in and a first check.
    Check,
}

pub(super) fn run(arguments: &InitArguments, context: &Context) -> Result<Exit, Failure> {
    set_up(arguments, Goal::Check, context)
}

/// Sets an account up as far as `goal`.
pub(super) fn set_up(arguments: &InitArguments, goal: Goal, context: &Context) -> Result<Exit, Failure> {
    let answers = Answers::complete(arguments, context)?;
    let plan = Plan::of(&answers, context)?;
    plan.show(context)?;
    if arguments.dry_run {
        plan.show_calls(&answers, context)?;
        return Ok(Exit::Ok);
    }
    agree(arguments, context.language())?;
    answers.keep(context)?;
    let client_id =
        run_until_stopped(async |stop| register::register(&answers, &plan, arguments, context, stop).await)?;
    configure::write(&answers, client_id, context)?;
    if goal == Goal::Registration {
        done(&answers, client_id, context);
        return Ok(Exit::Ok);
    }
    if answers.mode == InitMode::User {
        let sign_in =
            SignInArguments { name: answers.name.clone(), device_code: false, no_browser: arguments.no_browser };
        super::account::run(crate::arguments::AccountCommand::SignIn(sign_in), context)?;
    }
    let check = CheckArguments {
        account: vec![answers.name.clone()],
        class: Vec::new(),
        operation: Vec::new(),
        concurrency: None,
        read_only: true,
        batch: false,
    };
    let exit = super::check::run(&check, context)?;
    Answers::forget(context)?;
    done(&answers, client_id, context);
    Ok(exit)
}

fn agree(arguments: &InitArguments, language: Language) -> Result<(), Failure> {
    if arguments.yes {
        return Ok(());
    }
    match super::ask::yes(&say!("init-agree"), language) {
        Some(true) => Ok(()),
        Some(false) => Err(Failure::new(Exit::Usage, say!("init-stopped"))),
        None => Err(Failure::new(Exit::Usage, say!("app-nobody")).hint(say!("init-nobody-hint"))),
    }
}

fn done(answers: &Answers, client_id: Uuid, context: &Context) {
    let name = &answers.name;
    context.printer.notice(&say!("init-done", name = name, client = client_id.to_string()));
}
