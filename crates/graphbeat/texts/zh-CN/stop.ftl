stop-early = 在一切收尾之前被停止
stop-early-hint = graphbeat 下次启动时会处理尚未收尾的内容
stop-no-runtime = 操作系统未提供线程或信号（{$error}）
stop-log-filter = `{$variable}` 不是日志筛选器
stop-log-filter-hint = 例如：`GRAPHBEAT_LOG=info`，或 `GRAPHBEAT_LOG=warn,graphbeat_engine=debug`
