registrar-no-id = `--through {$text}` is no application id
registrar-no-id-hint = give the id of an application of your own in this tenant
registrar-no-hand = who is to do it for account `{$name}`?
registrar-hand-hint = give `--azure-cli` where `az` is signed in, or `--through` to sign in as an administrator in a browser
registrar-forbidden-hint = who signed in has no right to do this: ask an Application Administrator, or a Global Administrator
registrar-again = run the same command again: it goes on where it stopped
registrar-declined = stopped, because it was not agreed to
registrar-unknown-hint = `graphbeat app adopt` reads what is not known of a registration
registrar-held-back = nothing was sent; mend the cause, and run the same command again after {$until}
registrar-refused = the consent was not given ({$error})
registrar-refused-hint = run the same command again, as an administrator who may consent
registrar-no-listener = could not listen for the browser on this machine ({$error})
registrar-stopped = stopped before the browser came back
registrar-too-late = nobody finished the page in the browser in time
registrar-consent = consent as an administrator
registrar-sign-in = sign in
registrar-page =
    to {$purpose}, the browser opens a page of Entra's; if it does not, open

        {$url}
registrar-page-elsewhere =
    to {$purpose}, open in a browser

        {$url}

    at the end the browser goes to an address that begins with {$redirect_uri}; where it shows an error instead of a page of graphbeat's, copy that whole address and paste it here:
registrar-note = the note `{$note}` cannot be read
registrar-note-hint = it was written by another version of graphbeat
registrar-run = run this command?
