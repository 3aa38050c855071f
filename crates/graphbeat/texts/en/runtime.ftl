runtime-passphrase = passphrase of the vault:
runtime-no-randomness = the operating system gave no randomness ({$error})
runtime-recovered =
    { $count ->
        [one] note: one request was under way when graphbeat ended last; it is in the ledger as `interrupted`
       *[other] note: {$count} requests were under way when graphbeat ended last; they are in the ledger as `interrupted`
    }
runtime-no-flight = there is no flight file
runtime-open =
    note: a leftover of journey `{$journey}` (account {$account}){ $more ->
        [0] {""}
       *[other] {" "}and {$more} more
    } is not settled yet: {$why}; `graphbeat clean` lists and tries again
runtime-no-account = there is no account `{$name}`
runtime-no-account-hint = the accounts are: {$accounts}
runtime-not-made = could not make the data directory `{$folder}` ({$error})
runtime-not-made-hint = name another with `--data`
runtime-moved = note: this data directory was last used on another machine; do not let an agent run in both
runtime-moved-without = note: not in the directory, and so perhaps not on this machine: {$what}
