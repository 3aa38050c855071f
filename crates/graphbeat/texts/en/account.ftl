account-no-card = an account without a card
account-as = {$method} as {$client}
account-reads = {$count} reads
account-no-cloud = there is no cloud `{$cloud}`
account-paused = account `{$name}` is paused; `graphbeat account resume {$name}` starts it again
account-active = account `{$name}` is active
account-needs = a new account needs `{$flag}`
account-needs-tenant = its id, or a domain such as `contoso.onmicrosoft.com`
account-needs-client = the application (client) id of your app registration
account-added = account `{$name}` is added; `graphbeat account sign-in {$name}` signs it in
account-no-change = nothing is to be changed
account-no-change-hint = see `graphbeat account edit --help`
account-changed = account `{$name}` is changed; an agent that runs takes it up when it is started again
account-open = {$open} things that journeys of `{$name}` made are still in the tenant
account-open-hint = run `graphbeat clean --account {$name}` first: without the account nobody can
account-removed =
    account `{$account}` is removed, its tokens and secrets with it; its calls stay in the ledger.
    In the tenant `{$tenant}` there still are: the application {$client} with its secrets, certificates and permissions (Entra admin center › App registrations), its consent (› Enterprise applications), and the sessions of a person who signed in (https://mysignins.microsoft.com)
