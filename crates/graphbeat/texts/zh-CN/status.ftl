status-never-signed-in = 尚无用户登录；请运行 `graphbeat account sign-in {$account}`
status-paused = 由所有者暂停
