init-agree = set the account up with these permissions?
init-stopped = stopped; nothing was made
init-nobody-hint = give `--yes` to agree to what was shown, or `--dry-run` to see each request
init-done = account `{$name}` is set up under the application {$client}; `graphbeat run` keeps it tested, `graphbeat app delete {$name}` removes what was made
init-ca-file = the file of `--ca-file` cannot be named ({$error})
init-cloud = Which cloud is the tenant in?
init-tenant = The tenant (such as contoso.onmicrosoft.com)
init-as-application = as an application: needs nobody, needs an administrator's consent once
init-as-user = as a user: you sign in in a browser once
init-mode = How shall graphbeat sign in?
init-classes = What shall it run? (classes, by commas)
init-by-cli = by your Azure CLI: each command is shown first
init-by-portal = by yourself on one page of the portal
init-way = How shall the registration be made?
init-missing = `{$flag}` is missing, and nobody can be asked here
init-missing-hint = give it, such as `{$flag} {$example}`
init-exists = there is an account `{$account}` already, with another application
init-exists-hint = give another `--name`
init-correct = correct the configuration; then run the same command again
init-not-configured = the account or its cloud is not in the configuration
init-administrator = administrator
init-user = user
init-dry-run = dry run: nothing was sent. The first check would run: {$reads}
init-permission-hint = an operation of your own catalogue files names it: correct it there
init-az-login = run `az login --allow-no-subscriptions` in this tenant, then the same command again
init-no-id = the registration has no id
init-client-id = `--client-id` is missing: the registration is yours to make
init-client-id-hint = do the steps above, then run the same command again with `--client-id` and `--object-id`
init-ask-client-id = Application (client) ID
init-wrong-id = `{$answer}` is no application id
init-wrong-id-hint = it stands on the registration's overview; run the same command again
init-not-enough = whoever signed in may not consent to all of it
init-not-enough-hint = send the text above to an administrator; when they have consented, run the same command again
init-no-certificate = the account's certificate is not in the vault
init-manifest-hint = save the manifest with its `keyCredentials` in the portal, then run the same command again
init-waiting = waiting until Entra shows what was granted
init-not-granted = not granted: {$missing}
init-not-granted-hint = check that the manifest was saved as printed; then run the same command again
init-guide-page =
    open

        {$page}
init-guide-place = open the place where this cloud keeps its applications
init-guide =
    1. {$place}

    2. fill in the four fields, and press "Register":
       Name: {$name}
       Supported account types: this organizational directory only (single tenant)
       Redirect URI, platform: Public client/native (mobile & desktop)
       Redirect URI: http://localhost

    then copy the "Application (client) ID" and the "Object ID" from "Overview"
init-guide-manifest =
    1. {$place}

    2. fill in the four fields, and press "Register":
       Name: {$name}
       Supported account types: this organizational directory only (single tenant)
       Redirect URI, platform: Public client/native (mobile & desktop)
       Redirect URI: http://localhost

    3. open "Manifest" on the left, replace these members by what follows, and press "Save":

    {$manifest}

    then copy the "Application (client) ID" and the "Object ID" from "Overview"
init-letter =
    an administrator has to consent. Send them this:

    Hello,
    please consent for our organization to the application "{$name}" ({$client}). It tests our tenant by reading it, and needs: {$permissions}.
    Open this page as a Global Administrator or Privileged Role Administrator and accept; at its end the browser shows an error for http://localhost, which is right:

        {$url}
