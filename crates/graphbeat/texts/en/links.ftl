links-page = page
links-for = for
links-address = url
links-several-accounts = note: there are several accounts; `--account NAME` gives the pages of one
links-custom-cloud = note: this account's cloud is a custom one; these are the pages of the global cloud
