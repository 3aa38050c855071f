explain-nothing = there is nothing to explain
explain-nothing-hint = give a code, a status or a tag: `graphbeat explain AADSTS7000215`, or pipe an error's text in
explain-unreadable = could not read standard input ({$error})
