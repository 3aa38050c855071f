sign-in-application = account `{$account}` signs in as an application, without a browser
sign-in-application-hint = leave `--device-code` and `--no-browser` out
sign-in-not-set-up = the account is not set up
sign-in-another-person = sign in as the right person, or run `graphbeat account sign-out {$name}` first to give the account to another
sign-in-listener = try `graphbeat account sign-in {$name} --device-code`
sign-in-explain = `graphbeat explain` with the code says what to do
sign-in-secret = client secret of account `{$account}` (it goes into the vault):
sign-in-secret-keyring = client secret of account `{$account}` (it goes into the keyring):
sign-in-code =
    to sign in for account `{$account}`, open

        {$uri}

    and enter the code

        {$code}
sign-in-page =
    the browser opens Entra's page to sign in for account `{$account}`; if it does not, open

        {$url}
sign-in-page-elsewhere =
    to sign in for account `{$account}`, open in a browser

        {$url}

    at the end the browser goes to an address that begins with {$redirect_uri}; where it shows an error instead of a page of graphbeat's, copy that whole address and paste it here:
sign-in-done-as = signed in: account `{$account}` as {$user}
sign-in-done = signed in: account `{$account}` gets tokens
sign-in-out-application = account `{$name}` is an application's: nobody signed in
sign-in-out-application-hint = `graphbeat account pause {$name}` stops using it
sign-in-out = account `{$name}` is signed out: its tokens are removed from this machine. Entra keeps the person's sessions and the consent, and tokens that were copied elsewhere stay valid. `graphbeat account sign-in {$name}` signs in again
sign-in-out-pages =
    account `{$name}` is signed out: its tokens are removed from this machine. Entra keeps the consent, and tokens that were copied elsewhere stay valid:
    - sessions of the person: {$sessions}, "Sign out everywhere"
    - the consent: {$consents}, the application's "Manage your application"
    `graphbeat account sign-in {$name}` signs in again
