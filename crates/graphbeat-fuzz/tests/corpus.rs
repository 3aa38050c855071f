//! The inputs that fuzzing kept, and those to begin with, again on each run of the tests.
#![expect(clippy::expect_used, reason = "helpers of tests may panic as tests do")]

use graphbeat_fuzz::{corpus, target};

fn replay(name: &str) {
    let target = target(name).expect("a target");
    let kept = corpus::read(name).expect("a kept corpus");
    assert!(!kept.is_empty(), "nothing was kept for {name}");
    for input in kept.iter().chain(&(target.seeds)()) {
        (target.run)(input);
    }
}

macro_rules! replays {
    ($($sentence:ident: $target:literal,)*) => {
        $(#[test] fn $sentence() { replay($target); })*
        #[test]
        fn no_target_is_left_out() {
            let tried = [$($target),*];
            let all: Vec<_> = graphbeat_fuzz::TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(all, tried);
        }
    };
}

replays! {
    requests_to_graph_get_an_answer_of_graph: "graph",
    batches_get_an_answer_of_graph: "batch",
    queries_get_an_answer_of_graph: "query",
    requests_to_entra_get_an_answer_of_entra: "entra",
    control_requests_get_an_answer: "control",
    bytes_on_a_connection_break_nothing: "wire",
    answers_of_graph_break_no_client: "answer",
    answers_of_entra_break_no_client: "token",
    configurations_are_read_or_refused: "config",
    catalogue_files_are_read_or_refused: "catalog",
    pasted_texts_are_explained: "explain",
}
