ask-unanswered = 问题没有得到回答（{$error}）
ask-unanswered-hint = 请用选项给出答案：`--help` 列出了所有选项
