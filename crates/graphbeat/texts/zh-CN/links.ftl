links-page = 页面
links-for = 用途
links-address = 地址
links-several-accounts = 注意：有多个帐户；用 `--account 名称` 查看其中一个的页面
links-custom-cloud = 注意：此帐户使用自定义云；以下是全球云的页面
