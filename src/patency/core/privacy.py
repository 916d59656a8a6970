"""Which text about her data a woman agrees to.

Its words are in the pages (``templates/accounts/data_text.html``) and in ``locale``. Change a word,
and give the text a new version: who agreed to an older one, agreed to that.
"""

TEXT_VERSION = "data-2026-1"
