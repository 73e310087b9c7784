"""Fetches a page with `requests`: fetch.py URL ROOT."""

import sys

import requests

session = requests.Session()
session.trust_env = False
answer = session.get(sys.argv[1], verify=sys.argv[2], timeout=60)
print(answer.status_code, answer.text)
