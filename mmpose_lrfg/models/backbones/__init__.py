from .scadk_net import SCADKNet

__all__ = ['SCADKNet']
