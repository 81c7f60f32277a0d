"""The financial terminal (金融业务功能终端): any bank's debit card, PBOC-6. It takes one card interface and no SAM."""
