status-never-signed-in = nobody has signed in yet; run `graphbeat account sign-in {$account}`
status-paused = its owner paused it
