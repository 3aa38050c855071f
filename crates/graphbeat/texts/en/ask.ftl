ask-unanswered = the question was not answered ({$error})
ask-unanswered-hint = give the answer as a flag: `--help` lists them
