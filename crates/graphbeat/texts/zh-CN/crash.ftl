crash-report = 经过已写入 `{$path}`：位置、调用栈和最后的日志行，不含机密
crash-no-report = 无法写入报告（{$cause}）
crash-hint = 这是 graphbeat 的错误：请查看该文件，并把它发送给项目
crash-again-hint = 这是 graphbeat 的错误；此前的崩溃报告已足够说明
