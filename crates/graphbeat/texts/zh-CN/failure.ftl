failure-error = 错误：{$sentence}
failure-detail = 详细信息：{$sentence}
failure-hint = 提示：{$sentence}
failure-crash = graphbeat 崩溃，位置：{$place}
failure-bug-hint = 这是 graphbeat 的缺陷：请附上此文本进行报告
failure-output = 无法写入输出（{$cause}）
failure-output-hint = 请检查磁盘以及输出的去向
failure-csv = 无法以 CSV 格式写入输出（{$cause}）
