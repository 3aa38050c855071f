check-stopped = 在所有操作运行之前被停止
check-stopped-hint = 流程创建的内容会在下次启动时清除，或用 `graphbeat clean` 清除
