run-started = 代理正在运行 {$count} 个帐户；按 Ctrl-C 停止
run-lateness = 最多 {$ms} 毫秒
