"""Outgoing webhooks by the Standard Webhooks specification (standardwebhooks.com).

An endpoint belongs to an owner, written as an address: `shop:3`, `account:7`, or `platform` (the operators). Nobody
here knows who may act for an owner; whoever calls has asked `people` before.
"""
