"""The debit application's data elements (数据元): names, formats, places, and what their values say."""
