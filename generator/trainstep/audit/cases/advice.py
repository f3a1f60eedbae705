"""What to do about a case that fails: one advice serves many cases."""

from trainstep.audit.cases.case import Advice

TAKE_WEIGHTS = Advice(
    "Unpack the batch with keras.utils.unpack_x_y_sample_weight(), and hand the "
    "weights to compute_loss() and compute_metrics().",
    "train_step",
    "unpack_x_y_sample_weight",
)
COUNT_ROWS = Advice(
    "Update the tracker of the mean loss with the batch size as its weight.",
    "update_metrics",
    "sample_weight=batch_size",
)
USE_COMPUTE_METRICS = Advice(
    "Update the metrics by compute_metrics(), which knows the weighted ones, each "
    "output's own and those of the user, and return all of its logs.",
    "update_metrics",
    "compute_metrics(",
)
SHARE_A_SCOPE = Advice(
    "Run the forward pass and compute_loss() in one keras.StatelessScope with "
    "collect_losses=True, so that the losses of layers are found.",
    "compute_loss_and_updates",
    "collect_losses=True",
)
USE_COMPUTE_LOSS = Advice(
    "Compute the loss by compute_loss(), which knows each output's loss and its "
    "weight, masks and the losses of layers.",
    "compute_loss_and_updates",
    "self.compute_loss(",
)
SCALE_LOSS = Advice(
    "Differentiate optimizer.scale_loss(loss), with the optimizer's variables in the "
    "scope, and log the loss itself.",
    "compute_loss_and_updates",
    "scale_loss(",
)
RETURN_UPDATES = Advice(
    "Return the non-trainable variables that the forward pass renewed: averages of "
    "batch normalization, states of random seeds.",
    "compute_loss_and_updates",
    "self.non_trainable_variables],",
)
PASS_TRAINING = Advice(
    "Run the forward pass with training=True in train_step(), False in test_step().",
    "train_step",
    "training=True",
)
APPLY = Advice(
    "Apply the gradients by optimizer.stateless_apply() to the optimizer's variables "
    "of the state, and return the new ones.",
    "train_step",
    "stateless_apply(",
)
RETURN_STATE = Advice(
    "Return the whole state, in the order in which it came, with the same shapes and "
    "dtypes; keep no array or tracer outside of it.",
    "train_step",
    "return logs, (",
)
WRITE_TEST_STEP = Advice(
    "Write test_step() beside train_step(), or keep the signature and the result of "
    "compute_loss_and_updates(), which Keras's own test_step() calls.",
    "test_step",
    "self.compute_loss_and_updates(",
)
