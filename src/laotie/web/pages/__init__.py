"""The pages, one file per place of the site. They translate: HTTP in, one domain call, HTML out."""
