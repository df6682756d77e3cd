"""What script/server, script/manage and script/test do before and around Django: standard library only.

setup makes the private environment, postgres and redis run the embedded servers, servers joins them under one
lock, supervisor runs the product's processes, suite runs the checks. Nothing here imports Django or models.
"""
