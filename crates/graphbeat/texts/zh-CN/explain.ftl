explain-nothing = 没有可解释的内容
explain-nothing-hint = 请给出代码、状态或标记：`graphbeat explain AADSTS7000215`，或通过管道输入错误文本
explain-unreadable = 无法读取标准输入（{$error}）
