"""How CloudWatch refuses. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html"""


class Refused(Exception):
    def __init__(self, code, sentence, status=400):
        super().__init__(code, sentence)
        self.code, self.sentence, self.status = code, sentence, status


def wrong(sentence):
    return Refused("InvalidParameterValueException", sentence)


def check(holds, sentence):
    if not holds:
        raise wrong(sentence)
