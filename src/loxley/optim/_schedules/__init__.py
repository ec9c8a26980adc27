"""Learning-rate schedules by kind; `optim.lr_scheduler` is their public face."""
