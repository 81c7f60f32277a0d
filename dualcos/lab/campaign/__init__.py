"""Campaigns of a laboratory (检测批次): vectors chosen, played on a sample, judged and written down, gone on with after
whatever stopped them.

``campaign_sample`` is what is played on, ``campaign_asked`` what a campaign is, ``campaign_book`` how far one has come;
``vector_shards`` and ``campaign_in_process`` play on cards in process, ``campaign_in_reader`` on a card in a reader.
"""
